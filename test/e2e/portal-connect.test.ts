/** The portal page in a real browser: from the first run to the first events, and the list. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { launchBrowser } from '../support/browser.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { openPortal, type PortalPage } from '../support/portal-page.ts';
import { TOKEN, until } from '../support/stack.ts';

const browser: Browser | undefined = await launchBrowser();
let lab: Lab;
let org: OrgServer;
let host: LabHost;
let portal: PortalPage;

/** What the tests provoke: refused registrations, and the time without a host. */
const EXPECTED =
  /status of (400|409|412|422|503)|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_CONNECTION_RESET/;

const go = (path: string) => portal.open(host.url + path);

/** The limit of the org is used up for a while. */
const throttleOnce = (seconds: number) =>
  org.org.faults.push({
    times: 1,
    matches: ({ url }) => url.startsWith('/api/v1/logs'),
    answer: () => {
      const reply = org.org.error(429, 'E0000047', 'API call exceeded rate limit');
      const limit = {
        'x-rate-limit-limit': '600',
        'x-rate-limit-remaining': '0',
        'x-rate-limit-reset': String(Math.ceil(org.org.nowMs() / 1000) + seconds),
      };
      return { ...reply, headers: { ...reply.headers, ...limit } };
    },
  });

describe.skipIf(!browser)('the portal page', () => {
  beforeAll(async () => {
    org = await startLabOrg({ events: 400 });
    lab = await startLab([org]);
    host = await lab.startHost();
    portal = await openPortal(browser as Browser, EXPECTED);
  });
  afterAll(async () => {
    await portal?.close();
    await lab?.close();
  });

  it('is where the root of the app leads, and leads to the wizard without a connector', async () => {
    await go('/');
    await portal.seen('Connect your first Okta org');
    expect(new URL(portal.page.url()).pathname).toBe('/portal');
    await portal.look('first-run');
    await portal.link('Connect Okta').click();
    await portal.field('Name').waitFor();
    // Each step has the focus in its first field.
    await portal.page.keyboard.type('Contoso Okta');
    expect(await portal.field('Id').inputValue()).toBe('contoso-okta');
    await portal.look('wizard-name');
  });

  it('shows each error of a registration at its field, with what mends it', async () => {
    await portal.page.keyboard.press('Enter');
    await portal.field('Domain').waitFor();
    await portal.page.keyboard.type('contoso-admin.okta.com');
    await portal.field('API token').fill('wrong');
    await portal.button('Submit').click();
    await portal.button('Use contoso.okta.com').click();
    expect(await portal.field('Domain').inputValue()).toBe('contoso.okta.com');
    await portal.field('Domain').fill(org.host);
    await portal.button('Submit').click();
    const wrong = portal.page.locator('.field.wrong', { hasText: 'API token' });
    await wrong.getByRole('alert').waitFor();
    await portal.look('wizard-error');
  });

  it('counts down while Okta’s limit is used up', async () => {
    throttleOnce(5);
    await portal.field('API token').fill(TOKEN);
    await portal.button('Submit').click();
    const waiting = portal.page.getByRole('button', { name: /^Submit in \d+ s$/ });
    await waiting.waitFor();
    expect(await waiting.isDisabled()).toBe(true);
    await portal.look('wizard-throttled');
    await portal.button('Submit').waitFor();
  });

  it('ends the wizard with the events that have arrived', async () => {
    await portal.field('Seconds between polls').evaluate((field: any) => {
      field.closest('details').open = true;
    });
    await portal.field('Seconds between polls').fill('10');
    await portal.button('Submit').click();
    await portal.seen('Great, Contoso Okta is connected');
    await portal.seen('have arrived.');
    await portal.seen('60 days before are complete');
    await portal.look('wizard-connected');
    await portal.button('Open').click();
    await portal.seen('60 days complete');
  });

  it('tells that an id is taken, and that an org is connected already, and opens it', async () => {
    await go('/portal/connect');
    await portal.field('Name').fill('Contoso Okta');
    await portal.button('Next').click();
    await portal.field('Domain').fill(org.host);
    await portal.field('API token').fill(TOKEN);
    await portal.button('Submit').click();
    await portal.seen('Another connector has this id.');
    await portal.field('Id').fill('again');
    await portal.button('Next').click();
    await portal.field('API token').fill(TOKEN);
    await portal.button('Submit').click();
    await portal.button('Open it').click();
    await portal.page.waitForURL('**/portal/connectors/contoso-okta');
  });

  it('can be used by keyboard alone, keeps what is typed, and gives the focus back', async () => {
    const { page } = portal;
    const focused = () =>
      page.evaluate(() => {
        const { activeElement } = (globalThis as any).document;
        return activeElement.getAttribute('aria-label') ?? activeElement.textContent.trim();
      });
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 40 && (await focused()) !== name; presses++)
        await page.keyboard.press('Tab');
      expect(await focused()).toBe(name);
    };
    await go('/portal?find=contoso');
    await portal.link('Contoso Okta').waitFor();
    await tabTo('Contoso Okta');
    await page.keyboard.press('Enter');
    await portal.seen('Overview');
    await tabTo('Activity');
    await page.keyboard.press('Enter');
    await tabTo('Text in the event');
    const [first] = org.org.truth();
    const { uuid, displayMessage } = JSON.parse(first?.raw ?? '');
    await page.keyboard.type(uuid);
    // The page reads the status again, and shows it, while a field has text that is not sent.
    await page.waitForResponse((reply) => reply.url().endsWith('/status'));
    await page.waitForResponse((reply) => reply.url().endsWith('/status'));
    await page.keyboard.press('Enter');
    await portal.seen('1 shown');
    await tabTo(displayMessage);
    await page.keyboard.press('Enter');
    await page.getByLabel('Raw event').locator('pre').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('Contoso Okta');
  });

  it('keeps the filters of the list while a connector is open above it', async () => {
    const { pathname, search } = new URL(portal.page.url());
    expect(pathname + search).toBe('/portal?find=contoso');
    await portal.page.getByRole('searchbox').fill('nothing like it');
    await portal.seen('No connector matches.');
    await portal.link('Audit').click();
    await portal.seen('connector.put');
    await portal.look('audit');
    await portal.link('← App connectors').click();
    await portal.seen('No connector matches.');
  });

  it('lists every error with its remedy', async () => {
    await go('/portal/errors#OktaTokenInvalid');
    await portal.seen('OktaTokenInvalid');
    await portal.look('errors');
  });

  it('says since when it is old while the app does not answer, and recovers', async () => {
    await go('/portal');
    await portal.seen('Up to date');
    const { port } = new URL(host.url);
    await host.kill();
    await portal.seen('Not updated since');
    await portal.look('not-updated');
    host = await lab.startHost({ PORT: port });
    await until('the page to recover', async () =>
      (await portal.page.getByText('Not updated since').count()) === 0 ? true : undefined,
    );
  });

  it('is accessible in every view, in light, dark and on a phone', () => {
    expect(portal.faults).toEqual([]);
  });

  it('logs nothing, and loads nothing from anywhere else', () => {
    expect(portal.complaints).toEqual([]);
  });
});
