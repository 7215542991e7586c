/** The portal page in a real browser: the life of a connector, tab by tab. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { launchBrowser } from '../support/browser.ts';
import { parseCsv } from '../support/csv.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { openPortal, type PortalPage } from '../support/portal-page.ts';
import { polledUntil, register, settled } from '../support/stack.ts';

const NEW_TOKEN = '00theNextTokenOfTheTests000000000000000000';
const HOSTILE = '<img src=x onerror=alert(1)>\u202etxt.exe';
const API = '/api/connectors/contoso';
const PAGE = '/portal/connectors/contoso';
/** What the tests provoke: a change that comes too late, a token that is refused, a deleted connector. */
const EXPECTED = /status of (404|412|422)/;

const browser: Browser | undefined = await launchBrowser();
let lab: Lab;
let org: OrgServer;
let host: LabHost;
let portal: PortalPage;

const status = async () => (await host.call('GET', `${API}/status`)).body;
const go = (path: string) => portal.open(`${host.url}${PAGE}${path}`);
const hostileRaw = () => [...org.org.truth()].find(({ raw }) => raw.includes('odd.one'))?.raw ?? '';

describe.skipIf(!browser)('the portal page shows a connector', () => {
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
    await register(host, 'contoso', org, { displayName: 'Contoso Okta' });
    await settled(host, 'contoso');
    portal = await openPortal(browser as Browser, EXPECTED);
  });
  afterAll(async () => {
    await portal?.close();
    await lab?.close();
  });

  it('with three answers, and each day', async () => {
    await go('');
    await portal.seen('60 days complete');
    for (const name of ['Live', 'History', 'Lost'])
      await portal.page.getByRole('heading', { name, exact: true }).waitFor();
    await portal.page
      .getByRole('button', { name: /: complete, [\d,]+ events?$/ })
      .last()
      .focus();
    await portal.page.keyboard.press('Home');
    await portal.page.keyboard.press('Enter');
    await portal.page.getByRole('link', { name: /^[\d,]+ events?$/ }).waitFor();
    await portal.look('overview');
  });

  it('with its events: the very text of Okta, and hostile text as text', async () => {
    await go('/activity?eventType=odd.one');
    await portal.page.getByRole('button', { name: /onerror/ }).click();
    const shown = portal.page.getByLabel('Raw event').locator('pre');
    await shown.waitFor();
    expect(await shown.textContent()).toBe(hostileRaw().replaceAll('\u202e', '\\u202e'));
    expect(await portal.page.locator('img').count()).toBe(0);
    await portal.look('activity');
  });

  it('copies, saves and exports events unchanged', async () => {
    await portal.button('Copy').click();
    await portal.said('Copied.');
    const copied = await portal.page.evaluate(() =>
      (globalThis as any).navigator.clipboard.readText(),
    );
    expect(copied).toBe(hostileRaw());
    expect(await portal.saved(portal.button('Download'))).toBe(hostileRaw());
    expect(await portal.saved(portal.link('Export NDJSON'))).toBe(`${hostileRaw()}\n`);
    const [names = [], ...rows] = parseCsv(await portal.saved(portal.link('Export CSV')));
    expect(rows.map((row) => row[names.indexOf('displayMessage')])).toEqual([HOSTILE]);
  });

  it('with a backfill, which can be canceled', async () => {
    const released = Promise.withResolvers<void>();
    org.org.faults.push({
      times: Number.POSITIVE_INFINITY,
      matches: ({ url }) => url.startsWith('/api/v1/logs') && url.includes('until='),
      answer: (_request, proper) => ({ ...proper(), heldUntil: released.promise }),
    });
    await portal.link('Backfills').click();
    await portal.button('Fill a range…').click();
    await portal.button('Fill').click();
    await portal.said('The backfill has started.');
    await portal.button('Cancel').waitFor();
    await portal.look('backfill-running');
    await portal.button('Cancel').click();
    await portal.said('The backfill is canceled.');
    org.org.faults.length = 0;
    released.resolve();
    await portal.seen('Canceled at');
  });

  it('with a verification: nothing is missing', async () => {
    await portal.button('Verify a range…').click();
    await portal.look('verify');
    await portal.button('Verify').click();
    await portal.said('The verification has started.');
    // It ends once live has caught up with what it has read.
    await polledUntil(host, 'contoso', 'the end of the verification', async () =>
      (await status()).backfill.state === 'Succeeded' ? true : undefined,
    );
    await portal.seen('0 missing');
    await portal.look('backfills');
  });

  it('with the result of a test', async () => {
    await portal.button('Test').click();
    await portal.seen('All checks passed.');
    await portal.seen('Okta accepts the token');
    await portal.look('test');
    await portal.button('Close').click();
  });

  it('with its history', async () => {
    await portal.link('History').click();
    await portal.seen('connector.put');
    await portal.look('history');
  });

  it('with its settings, which are not saved over a change of another user', async () => {
    await portal.link('Settings').click();
    await portal.field('Name').fill('Mine');
    await host.call('PATCH', API, { displayName: 'Theirs' });
    await portal.button('Save').click();
    await portal.seen('Changed meanwhile: look again.');
    await portal.look('settings-changed-meanwhile');
    await portal.button('Show the present settings').click();
    expect(await portal.field('Name').inputValue()).toBe('Theirs');
    await portal.field('Name').fill('Contoso');
    await portal.button('Save').click();
    await portal.said('Saved.');
    expect((await host.call('GET', API)).body.displayName).toBe('Contoso');
  });

  it('with an event hook, whose secret is shown once, and which says when it last rang', async () => {
    const copied = async (what: string) => {
      await portal.button(`Copy ${what}`).click();
      await portal.said(`${what} copied.`);
      return await portal.page.evaluate(() => (globalThis as any).navigator.clipboard.readText());
    };
    await portal.look('event-hook-none');
    await portal.button('Create event hook').click();
    await portal.seen('The secret is shown only here.');
    await portal.look('event-hook-made');
    const { pathname } = new URL(await copied('URL'));
    const authorization = await copied('Secret');
    await portal.button('Done').click();
    await portal.seen('not yet');
    expect((await host.send('POST', pathname, '{}', { authorization })).status).toBe(204);
    await portal.page.getByText('not yet').waitFor({ state: 'detached' });
    await portal.look('event-hook');
    expect(await portal.page.content()).not.toContain(authorization);

    await portal.button('Replace secret…').click();
    await portal.look('event-hook-replace');
    await portal.button('Replace').click();
    await portal.seen('Enter this in Okta');
    expect(await copied('Secret')).not.toBe(authorization);
    await portal.button('Done').click();
    expect((await host.send('POST', pathname, '{}', { authorization })).status).toBe(401);

    await portal.button('Remove event hook…').click();
    await portal.look('event-hook-remove');
    await portal.button('Remove').click();
    await portal.said('The event hook is removed.');
    await portal.button('Create event hook').waitFor();
    expect((await host.call('GET', `${API}/event-hook`)).status).toBe(404);
  });

  it('with one button for a dead token, which brings the connector back', async () => {
    org.org.options.tokens.splice(0, 1, NEW_TOKEN);
    await portal.link('Overview').click();
    await portal.button('Poll').click();
    await portal.said('Contoso: Action required.');
    await portal.button('Replace token…').waitFor();
    await portal.look('action-required');
    await portal.button('Replace token…').click();
    await portal.field('API token').fill('wrong');
    await portal.button('Replace').click();
    await portal.page.locator('.field.wrong').getByRole('alert').waitFor();
    await portal.look('replace-token-refused');
    await portal.field('API token').fill(NEW_TOKEN);
    await portal.button('Replace').click();
    await portal.said('The token is replaced.');
    await portal.seen('Up to date');
  });

  it('disabled and enabled, and says until when nothing is lost', async () => {
    await portal.link('Settings').click();
    await portal.button('Disable…').click();
    await portal.seen('Okta keeps 90 days.');
    await portal.look('disable');
    await portal.button('Disable').click();
    await portal.button('Enable').waitFor();
    await portal.link('Overview').click();
    await portal.seen('Disabled: nothing is polled.');
    await portal.look('disabled');
    await portal.button('Enable').click();
    await portal.said('is enabled.');
    expect((await status()).status).toBe('Connected');
  });

  it('no longer when it is deleted, with its events only when the id is typed', async () => {
    await portal.link('Settings').click();
    await portal.button('Delete…').click();
    await portal.page.getByLabel(/^Purge/).check();
    expect(await portal.button('Delete').isDisabled()).toBe(true);
    await portal.look('delete');
    await portal.field('Type contoso to confirm').fill('contoso');
    await portal.button('Delete').click();
    await portal.said('Deleted. Its events are being purged behind.');
    await portal.seen('Connect your first Okta org');
  });

  it('accessible in every view, in light, dark and on a phone', () => {
    expect(portal.faults).toEqual([]);
  });

  it('without a message in the console, and with nothing from anywhere else', () => {
    expect(portal.complaints).toEqual([]);
  });
});
