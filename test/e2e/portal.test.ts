/** The portal page in a real browser, against real hosts. */
import fs from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { launchBrowser } from '../support/browser.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { openPortal, type PortalPage } from '../support/portal-page.ts';
import { polledUntil, TOKEN, until } from '../support/stack.ts';

const NEW_TOKEN = '00theNextTokenOfTheTests000000000000000000';
const HOSTILE = '<img src=x onerror=alert(1)>\u202etxt.exe';

const browser: Browser | undefined = await launchBrowser();
let lab: Lab;
let org: OrgServer;
let host: LabHost;
let portal: PortalPage;

const status = async () => (await host.call('GET', '/api/connectors/contoso-okta/status')).body;
const text = (name: string) => portal.page.getByText(name).first();
const button = (name: string) => portal.page.getByRole('button', { name, exact: true }).last();
const link = (name: string) => portal.page.getByRole('link', { name, exact: true }).last();
const field = (name: string) => portal.page.getByLabel(name, { exact: true }).last();
const seen = async (name: string) => await text(name).waitFor();

describe.skipIf(!browser)('the portal page', () => {
  beforeAll(async () => {
    org = await startLabOrg({ events: 400 });
    const published = new Date(Date.now() - 86_400_000).toISOString();
    const hostile = {
      uuid: 'hostile',
      published,
      eventType: 'odd.one',
      displayMessage: HOSTILE,
      actor: { id: 'x', type: 'User', alternateId: 'x'.repeat(10_000), displayName: HOSTILE },
    };
    org.org.append(
      JSON.stringify(hostile).replace('}}', ',"big":12345678901234567890.10}}'),
      Date.parse(published),
    );
    lab = await startLab([org]);
    host = await lab.startHost();
    portal = await openPortal(browser as Browser, `${host.url}/portal`, {}, EXPECTED);
  });
  afterAll(async () => {
    await portal?.close();
    await lab?.close();
  });

  it('leads to the wizard when there is no connector yet', async () => {
    await seen('Connect your first Okta org');
    await portal.look('first-run');
    await link('Connect Okta').click();
    await field('Name').fill('Contoso Okta');
    expect(await field('Id').inputValue()).toBe('contoso-okta');
    await portal.look('wizard-name');
  });

  it('shows each error of a registration at its field, with what mends it', async () => {
    await portal.page.keyboard.press('Enter');
    await field('Domain').fill('contoso-admin.okta.com');
    await field('API token').fill('wrong');
    await button('Submit').click();
    await button('Use contoso.okta.com').click();
    expect(await field('Domain').inputValue()).toBe('contoso.okta.com');
    await field('Domain').fill(org.host);
    await button('Submit').click();
    const wrong = portal.page.locator('.field.wrong', { hasText: 'API token' });
    await wrong.getByRole('alert').waitFor();
    await portal.look('wizard-error');
  });

  it('ends the wizard with the events that have arrived', async () => {
    await field('API token').fill(TOKEN);
    await button('Submit').click();
    await seen('Great, Contoso Okta is connected');
    await seen('have arrived.');
    await until('the backfill to end', async () =>
      (await status()).backfill?.state === 'Succeeded' ? true : undefined,
    );
    await seen('60 days complete');
    await portal.look('wizard-connected');
    await button('Open').click();
  });

  it('answers three questions about a connector, and shows each day', async () => {
    await seen('60 days complete');
    for (const name of ['Live', 'History', 'Lost'])
      await portal.page.getByRole('heading', { name, exact: true }).waitFor();
    const day = portal.page.getByRole('button', { name: /: complete, [\d,]+ events?$/ }).last();
    await day.focus();
    await portal.page.keyboard.press('Home');
    await portal.page.keyboard.press('Enter');
    await portal.page.getByRole('link', { name: /^[\d,]+ events?$/ }).waitFor();
    await portal.look('overview');
  });

  it('tells that an org is connected already, and opens it', async () => {
    await portal.page.goto(`${host.url}/portal/connect`);
    await field('Name').fill('Again');
    await button('Next').click();
    await field('Domain').fill(org.host);
    await field('API token').fill(TOKEN);
    await button('Submit').click();
    await button('Open it').click();
    await portal.page.waitForURL('**/portal/connectors/contoso-okta');
  });

  it('shows an event as the very text of Okta, and hostile text as text', async () => {
    await portal.page.goto(`${host.url}/portal/connectors/contoso-okta/activity?eventType=odd.one`);
    await portal.page.getByRole('button', { name: /onerror/ }).click();
    const raw = portal.page.getByLabel('Raw event');
    await raw.locator('pre').waitFor();
    const truth = [...org.org.truth()].find(({ raw }) => raw.includes('odd.one'))?.raw ?? '';
    expect(await raw.locator('pre').textContent()).toBe(truth.replaceAll('\u202e', '\\u202e'));
    const [saved] = await Promise.all([
      portal.page.waitForEvent('download'),
      button('Download').click(),
    ]);
    expect(fs.readFileSync(await saved.path(), 'utf8')).toBe(truth);
    expect(await portal.page.locator('img').count()).toBe(0);
    await portal.look('activity');
    const [file] = await Promise.all([
      portal.page.waitForEvent('download'),
      link('Export NDJSON').click(),
    ]);
    expect(fs.readFileSync(await file.path(), 'utf8')).toBe(`${truth}\n`);
  });

  it('can be used by keyboard alone, and gives the focus back', async () => {
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
    await page.goto(`${host.url}/portal`);
    await link('Contoso Okta').waitFor();
    await tabTo('Contoso Okta');
    await page.keyboard.press('Enter');
    await seen('Overview');
    await tabTo('Activity');
    await page.keyboard.press('Enter');
    await tabTo('Any text of the event');
    await page.keyboard.type('hostile');
    // What is typed stays, while the page reads the status again.
    await page.waitForResponse((reply) => reply.url().endsWith('/status'));
    await page.waitForResponse((reply) => reply.url().endsWith('/status'));
    await page.keyboard.press('Enter');
    await portal.page.getByRole('button', { name: /onerror/ }).waitFor();
    await tabTo(HOSTILE.replace('\u202e', '\\u202e'));
    await page.keyboard.press('Enter');
    await page.getByLabel('Raw event').locator('pre').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(new URL(page.url()).pathname).toBe('/portal');
    expect(await focused()).toBe('Contoso Okta');
  });

  it('verifies a range: nothing is missing', async () => {
    await link('Contoso Okta').click();
    await link('Backfills').click();
    await button('Verify a range…').click();
    await portal.look('verify');
    await button('Verify').click();
    await seen('The verification has started.');
    // It ends once live has caught up with what it has read.
    await polledUntil(host, 'contoso-okta', 'the end of the verification', async () =>
      (await status()).backfill.state === 'Succeeded' ? true : undefined,
    );
    await seen('0 missing');
    await portal.look('backfills');
  });

  it('shows the history and the settings', async () => {
    await link('History').click();
    await seen('connector.put');
    await portal.look('history');
    await link('Settings').click();
    await field('Name').fill('Contoso');
    await button('Save').click();
    await seen('Saved.');
    expect((await host.call('GET', '/api/connectors/contoso-okta')).body.displayName).toBe(
      'Contoso',
    );
    await portal.look('settings');
  });

  it('has one button for a dead token, which brings the connector back', async () => {
    await host.call('PATCH', '/api/connectors/contoso-okta', { pollIntervalSeconds: 10 });
    org.org.options.tokens.splice(0, 1, NEW_TOKEN);
    await link('Overview').click();
    await button('Poll').click();
    await seen('Action required');
    await button('Replace token…').waitFor();
    await portal.look('action-required');
    await button('Replace token…').click();
    await field('API token').fill(NEW_TOKEN);
    await button('Replace').click();
    await seen('The token is replaced.');
    await seen('Up to date');
  });

  it('disables and enables, and says until when nothing is lost', async () => {
    await link('Settings').click();
    await button('Disable…').click();
    await seen('Okta keeps 90 days.');
    await portal.look('disable');
    await button('Disable').click();
    await button('Enable').click();
    await seen('is enabled.');
    expect((await status()).status).toBe('Connected');
  });

  it('says since when it is old while the app does not answer, and recovers', async () => {
    await portal.page.goto(`${host.url}/portal`);
    await seen('Up to date');
    const { port } = new URL(host.url);
    await host.kill();
    await seen('Not updated since');
    await portal.look('not-updated');
    host = await lab.startHost({ PORT: port });
    await text('Not updated since').waitFor({ state: 'detached' });
    await portal.look('list');
  });

  it('deletes with the events only when the id is typed', async () => {
    await portal.page.goto(`${host.url}/portal/connectors/contoso-okta/settings`);
    await button('Delete…').click();
    await portal.page.getByLabel(/^Purge/).check();
    expect(await button('Delete').isDisabled()).toBe(true);
    await portal.look('delete');
    await field('Type contoso-okta to confirm').fill('contoso-okta');
    await button('Delete').click();
    await seen('Deleted. Its events are being purged behind.');
    await seen('Connect your first Okta org');
  });

  it('is accessible in every view, in light, dark and on a phone', () => {
    expect(portal.faults).toEqual([]);
  });

  it('logs nothing, and loads nothing from anywhere else', () => {
    expect(portal.complaints).toEqual([]);
  });
});

/** What the tests provoke: refused registrations, and the time without a host. */
const EXPECTED =
  /status of (400|401|409|422|404)|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_CONNECTION_RESET/;
