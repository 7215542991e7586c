/** The portal page in a browser: watched for what it logs and loads, checked for accessibility. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { ROOT } from './stack.ts';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Pictures of each view, to be looked at. `PORTAL_PICTURES=1` takes all of them. */
const PICTURES = path.join(ROOT, 'test-results', 'portal');
const TAKES_ALL = process.env.PORTAL_PICTURES === '1';

const SIZES = {
  wide: { width: 1280, height: 900 },
  phone: { width: 390, height: 844 },
  /** 1280 pixels at a zoom of 400 %. */
  zoomed: { width: 320, height: 256 },
};

const STRUCTURE = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const CONTRAST = 'color-contrast';
/** Each rule is checked where it can differ: contrast by theme, everything else by layout. */
const ALL_RULES = { runOnly: STRUCTURE };
const ONLY_CONTRAST = { runOnly: { type: 'rule', values: [CONTRAST] } };
/** No rule above needs what is read ahead: style sheets for the orientation, and media. */
const ONLY_FAULTS = { resultTypes: ['violations'], preload: false };
const BUT_CONTRAST = { ...ALL_RULES, rules: { [CONTRAST]: { enabled: false } } };

export interface PortalPage {
  page: Page;
  /** Messages of the console, errors, and requests to origins that were not opened. */
  complaints: string[];
  /** What `look` has found: faults of WCAG 2.2 AA in light, dark or on a phone; sideways scrolling. */
  faults: string[];
  open(url: string): Promise<void>;
  /** Checks the present view, and takes pictures of it. */
  look(name: string): Promise<void>;
  /** Waits until this text is shown. */
  seen(text: string): Promise<void>;
  /** Waits until this result of an action is shown, and nothing covers it. */
  said(text: string): Promise<void>;
  button(name: string): Locator;
  link(name: string): Locator;
  field(label: string): Locator;
  /** The content of the file that this click saves. */
  saved(click: Locator): Promise<string>;
  close(): Promise<void>;
}

export async function openPortal(
  browser: Browser,
  /** Messages of the console that a test provokes. */
  expected: RegExp,
): Promise<PortalPage> {
  const context = await browser.newContext({
    viewport: SIZES.wide,
    reducedMotion: 'reduce',
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  const faults: string[] = [];
  const complain = (text: string) => {
    if (!expected.test(text)) complaints.push(text);
  };
  page.on('console', (message) => complain(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complain(`error: ${error.message}`));
  const origins = new Set<string>();
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'blob:' && !origins.has(origin)) complain(`outside: ${request.url()}`);
  });

  const picture = async (name: string) => {
    fs.mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
  };
  const check = async (name: string, rules: object) => {
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
    const found: string[] = await page.evaluate(
      async (options) => {
        const { axe, document } = globalThis as any;
        const { violations } = await axe.run(document, options);
        return violations.map(
          ({ id, nodes }: any) => `${id}: ${nodes.map(({ html }: any) => html).join(' | ')}`,
        );
      },
      { ...rules, ...ONLY_FAULTS },
    );
    faults.push(...found.map((fault) => `${name}: ${fault}`));
  };
  const checkWidth = async (name: string) => {
    const isTooWide = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = (globalThis as any).document.documentElement;
      return scrollWidth > clientWidth;
    });
    if (isTooWide) faults.push(`${name}: scrolls sideways`);
  };

  return {
    page,
    complaints,
    faults,
    open: async (url) => {
      origins.add(new URL(url).origin);
      await page.goto(url);
    },
    look: async (name) => {
      await picture(name);
      await check(name, ALL_RULES);
      await page.emulateMedia({ colorScheme: 'dark' });
      if (TAKES_ALL) await picture(`${name}-dark`);
      await check(`${name}, dark`, ONLY_CONTRAST);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize(SIZES.phone);
      if (TAKES_ALL) await picture(`${name}-phone`);
      await check(`${name}, phone`, BUT_CONTRAST);
      await checkWidth(`${name}, phone`);
      await page.setViewportSize(SIZES.zoomed);
      if (TAKES_ALL) await picture(`${name}-zoomed`);
      await checkWidth(`${name}, zoomed`);
      await page.setViewportSize(SIZES.wide);
      if (!TAKES_ALL) return;
      await page.emulateMedia({ forcedColors: 'active' });
      await picture(`${name}-forced`);
      await page.emulateMedia({ forcedColors: 'none' });
    },
    seen: async (text) => await page.getByText(text).first().waitFor(),
    said: async (text) =>
      await page.locator('.toast p', { hasText: text }).first().click({ trial: true }),
    button: (name) => page.getByRole('button', { name, exact: true }).last(),
    link: (name) => page.getByRole('link', { name, exact: true }).last(),
    field: (label) => page.getByLabel(label, { exact: true }).last(),
    saved: async (click) => {
      const [file] = await Promise.all([page.waitForEvent('download'), click.click()]);
      return fs.readFileSync(await file.path(), 'utf8');
    },
    close: () => context.close(),
  };
}
