/** Who sees what on the portal page in each mode of authentication, and how the page is served. */
import fs from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { openPortal, type PortalPage } from '../support/portal-page.ts';
import { ROOT, register, settled } from '../support/stack.ts';

const KEY = 'key-of-the-tests';
const VIEW = '/portal/connectors/contoso/settings?x=1';
const LOG = '/portal/connectors/contoso/activity?q=nothing-like-it';
const EVERYTHING = [
  'Connect an app',
  'Test',
  'Poll',
  'Save',
  'Create event hook',
  'Replace token…',
  'Disable…',
  'Delete…',
];
/** Refused calls are in the console of every browser. */
const REFUSED = /status of 40[14]/;
const DIST = path.join(ROOT, 'dist', 'portal');

const browser: Browser | undefined = await launchBrowser();
let lab: Lab;
let open: LabHost;
let portal: PortalPage;

beforeAll(async () => {
  const org = await startLabOrg({ events: 20 });
  lab = await startLab([org]);
  open = await lab.startHost({ AUTH_MODE: 'none' });
  await register(open, 'contoso', org);
  await settled(open, 'contoso');
  if (browser) portal = await openPortal(browser, REFUSED);
});
afterAll(async () => {
  await portal?.close();
  await lab?.close();
});

/** As App Service Authentication describes a user. */
function principal(role: string): Record<string, string> {
  const claims = [
    { typ: 'name', val: 'Ada' },
    { typ: 'roles', val: `Connector.${role}` },
  ];
  const text = JSON.stringify({ auth_typ: 'aad', name_typ: 'name', role_typ: 'roles', claims });
  return { 'x-ms-client-principal': Buffer.from(text).toString('base64') };
}

const buttons = async () =>
  (await portal.page.locator('main button:visible, main a.button:visible').allTextContents())
    .map((name) => name.trim())
    .filter((name) => EVERYTHING.includes(name));

const address = () => {
  const { pathname, search } = new URL(portal.page.url());
  return pathname + search;
};

describe.skipIf(!browser)('with Entra in front', () => {
  let entra: LabHost;
  beforeAll(async () => {
    entra = await lab.startHost({ AUTH_MODE: 'entra', WEBSITE_AUTH_ENABLED: 'True' });
  });

  it('nobody is asked to sign in, and comes back to the same view', async () => {
    await portal.open(entra.url + VIEW);
    await portal.link('Sign in').waitFor();
    expect(await portal.link('Sign in').getAttribute('href')).toBe(
      `/.auth/login/aad?post_login_redirect_uri=${encodeURIComponent(VIEW)}`,
    );
    await portal.look('sign-in');
  });

  it.each([
    ['Operator', ['Test', 'Poll', 'Disable…']],
    ['Admin', EVERYTHING],
    ['Reader', []],
  ])('a %s is offered what the role allows', async (role, offered) => {
    await portal.page.setExtraHTTPHeaders(principal(role));
    await portal.open(entra.url + VIEW);
    await portal.seen('None. With an event hook');
    await portal.seen(`Ada · ${role}`);
    expect(await buttons()).toEqual(offered);
  });

  it('a Reader sees the state of an event hook, and cannot change it', async () => {
    const hook = '/api/connectors/contoso/event-hook';
    await open.call('POST', hook);
    await portal.page.setExtraHTTPHeaders(principal('Reader'));
    await portal.open(entra.url + VIEW);
    await portal.seen('Last rang');
    await portal.seen('Changing it needs the role Connector.Admin.');
    const names = await portal.page.locator('main button:visible').allTextContents();
    expect(names.filter((name) => /secret|event hook/i.test(name))).toEqual([]);
    await portal.look('event-hook-of-a-reader');
    await open.call('DELETE', hook);
  });

  it('a session that ends leads back to where the user was', async () => {
    const { page } = portal;
    await portal.look('settings-of-a-reader');
    await portal.open(entra.url + LOG);
    await portal.seen('No event found');
    await page.setExtraHTTPHeaders({});
    await portal.seen('your session has ended');
    await page.getByText('Ada').waitFor({ state: 'detached' });
    let isSignedIn = false;
    await page.route('**/.auth/login/aad?*', (route) => {
      // What the platform does: it signs the user in, and redirects.
      isSignedIn = true;
      const back = new URL(route.request().url()).searchParams.get('post_login_redirect_uri');
      return route.fulfill({ status: 302, headers: { location: back ?? '' } });
    });
    await page.route('**/api/**', (route) => {
      const headers = { ...route.request().headers(), ...(isSignedIn ? principal('Reader') : {}) };
      return route.continue({ headers });
    });
    await portal.link('Sign in').click();
    await portal.seen('No event found');
    expect(address()).toBe(LOG);
    expect(await portal.field('Text in the event').inputValue()).toBe('nothing-like-it');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});

describe.skipIf(!browser)('with function keys', () => {
  it('the key stays in the tab, and can be forgotten', async () => {
    const keys = await lab.startHost({ LOCAL_FUNCTION_KEY: KEY });
    const { page } = portal;
    await portal.open(`${keys.url}/portal`);
    await portal.field('Key').fill('wrong');
    await page.keyboard.press('Enter');
    await portal.seen('This key does not open that.');
    await portal.look('wrong-key');
    await portal.field('Key').fill(KEY);
    await page.keyboard.press('Enter');
    await portal.link('contoso').waitFor();
    const kept = await page.evaluate(() => {
      const { sessionStorage, localStorage, document, location } = globalThis as any;
      return [{ ...sessionStorage }, { ...localStorage }, document.cookie, location.href];
    });
    expect(kept).toEqual([{ functionKey: KEY }, {}, '', `${keys.url}/portal`]);
    await portal.button('Forget key').click();
    await portal.field('Key').waitFor();
    expect(await page.evaluate(() => (globalThis as any).sessionStorage.length)).toBe(0);
  });
});

describe.skipIf(!browser)('without authentication', () => {
  it('everything is offered, and nobody is asked to sign in', async () => {
    await portal.open(open.url + VIEW);
    await portal.seen('local, no sign-in');
    await portal.seen('None. With an event hook');
    expect(await buttons()).toEqual(EVERYTHING);
  });

  it('as in all modes, the page is accessible, logs nothing and loads nothing from elsewhere', () => {
    expect(portal.faults).toEqual([]);
    expect(portal.complaints).toEqual([]);
  });
});

describe('the files of the page', () => {
  const get = (name: string, headers: Record<string, string> = {}) =>
    fetch(`${open.url}/portal${name}`, { headers });

  it('are at most 60 KB, compressed', () => {
    // Files of earlier builds stay while a host may still load them.
    const document = fs.readFileSync(path.join(DIST, 'index.html'), 'utf8');
    const names = [...document.matchAll(/"\/portal\/([^"]+)"/g)].map(([, name]) => name);
    const bytes = ['index.html', ...names].map(
      (name) => fs.statSync(path.join(DIST, `${name}.gz`)).size,
    );
    expect(names).toHaveLength(3);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000);
  });

  it('allow nothing that is not of this origin', async () => {
    const { headers } = await get('');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });

  it('are kept when their names hold a hash, and the document is checked each time', async () => {
    const document = await get('/connectors/contoso/activity');
    const text = await document.text();
    expect(document.headers.get('cache-control')).toBe('no-cache');
    const etag = document.headers.get('etag') ?? '';
    expect((await get('', { 'if-none-match': etag })).status).toBe(304);
    const [, script = ''] = /src="\/portal(\/[^"]+\.js)"/.exec(text) ?? [];
    const loaded = await get(script, { 'accept-encoding': 'br' });
    expect(loaded.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(loaded.headers.get('content-encoding')).toBe('br');
    expect(await loaded.text()).toContain('App connectors');
  });

  it('are all that is served', async () => {
    for (const name of ['/..%2f..%2fpackage.json', '/%2e%2e/functions/portal.js', '/nothing.js'])
      expect((await get(name)).status).toBe(404);
  });
});
