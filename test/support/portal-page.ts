/** The portal page in a browser: watched for what it logs and loads, checked for accessibility. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ROOT } from './stack.ts';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Pictures of each view, to be looked at. */
const PICTURES = path.join(ROOT, 'test-results', 'portal');
const PHONE = { width: 390, height: 844 };
/** 1280 pixels at a zoom of 400 %. */
const ZOOMED = { width: 320, height: 256 };
const WIDE = { width: 1280, height: 900 };

export interface PortalPage {
  page: Page;
  /** Messages of the console, errors, and requests to other origins. */
  complaints: string[];
  /** What `look` has found: faults of WCAG 2.2 AA in light, dark, on a phone or zoomed, or sideways scrolling. */
  faults: string[];
  /** Takes pictures of the present view, and checks it. */
  look(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function openPortal(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  /** Messages that a test provokes. */
  expected: RegExp = /^$/,
): Promise<PortalPage> {
  const context = await browser.newContext({
    viewport: WIDE,
    reducedMotion: 'reduce',
    acceptDownloads: true,
    ...options,
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
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith('blob:'))
      complain(`outside: ${request.url()}`);
  });
  await page.goto(url);
  const faultsNow = async (name: string) => {
    const found = await page.evaluate(async () => {
      const known = globalThis as unknown as { axe?: any; document: unknown };
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
      const { violations } = await known.axe.run(known.document, { runOnly: tags });
      return violations.map(
        ({ id, nodes }: any) => `${id}: ${nodes.map(({ html }: any) => html).join(' | ')}`,
      );
    });
    const sideways = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = (globalThis as any).document.documentElement;
      return scrollWidth > clientWidth;
    });
    return [...found, ...(sideways ? ['scrolls sideways'] : [])].map((one) => `${name}: ${one}`);
  };
  return {
    page,
    complaints,
    faults,
    look: async (name) => {
      fs.mkdirSync(PICTURES, { recursive: true });
      await page.evaluate(AXE);
      const views = [
        ['light', 'light', WIDE],
        ['dark', 'dark', WIDE],
        ['phone', 'light', PHONE],
        ['zoomed', 'light', ZOOMED],
      ] as const;
      for (const [view, colorScheme, size] of views) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(size);
        await page.screenshot({ path: path.join(PICTURES, `${name}-${view}.png`) });
        faults.push(...(await faultsNow(`${name} ${view}`)));
      }
      await page.setViewportSize(WIDE);
      await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' });
      await page.screenshot({ path: path.join(PICTURES, `${name}-forced.png`) });
      await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
    },
    close: () => context.close(),
  };
}
