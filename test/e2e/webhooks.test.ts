/** Portals register connectors by webhook. */
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { connect } from '../support/row-org.ts';
import { settled, TOKEN, until } from '../support/stack.ts';

const [NEW, OLD] = ['n', 'o'].map(
  (one) => `whsec_${Buffer.from(one.repeat(32)).toString('base64')}`,
);
const ANY = NEW ?? '';
let lab: Lab;
let host: LabHost;
/** By connector id: each part of this file uses a separate org. */
const orgs = new Map<string, OrgServer>();
const orgOf = (id: string) => orgs.get(id) as OrgServer;
let deliveries = 0;

beforeAll(async () => {
  for (const [n, id] of ['new', 'known', 'failing', 'working', 'events'].entries())
    orgs.set(id, await startLabOrg({ events: 20, seed: n + 1 }));
  lab = await startLab([...orgs.values()]);
  host = await lab.startHost({ WEBHOOK_SECRETS: `${NEW},${OLD}` });
});
afterAll(() => lab?.close());

const credential = { kind: 'apiToken', token: TOKEN };
const bodyOf = (type: string, data: object, at = Date.now()) =>
  JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
const send = async (path: string, body: string, headers: Record<string, string>) => {
  const reply = await fetch(`${host.url}${path}`, { method: 'POST', body, headers });
  const text = await reply.text();
  expect(text).not.toContain(TOKEN);
  return { status: reply.status, body: text ? JSON.parse(text) : undefined };
};

/** Signs and sends a delivery like a portal. */
async function portal(
  body: string,
  { id = `msg-${++deliveries}`, secret = ANY, sentAt = Date.now(), type = 'application/json' } = {},
) {
  const signature = new Webhook(secret).sign(id, new Date(sentAt), body);
  const timestamp = String(Math.floor(sentAt / 1000));
  return await send('/api/webhooks/portal', body, {
    'content-type': type,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  });
}

const connector = async (id: string) => await host.call('GET', `/api/connectors/${id}`);
const status = async (id: string) => (await host.call('GET', `/api/connectors/${id}/status`)).body;
const whenEver = <T>(what: string, condition: () => Promise<T | undefined | false>) =>
  until(what, async () => (await condition()) || undefined);

describe('a signed delivery', () => {
  beforeAll(() => connect(host, 'known', orgOf('known')));

  it('registers a connector after its reply', async () => {
    const data = { id: 'new', domain: orgOf('new').host, credential };
    const sent = await portal(bodyOf('connector.register', data));
    expect(sent.status).toBe(202);
    expect(sent.body).toMatchObject({
      operation: { connectorId: 'new', type: 'connector.register' },
      statusUrl: expect.stringMatching(/\/api\/connectors\/new\/status$/),
    });
    await whenEver('the connector', async () => (await connector('new')).status === 200);
    await settled(host, 'new');
    expect((await connector('new')).body.createdBy).toBe('webhook.portal');
  });

  it('changes the given fields, also while secrets are rotated', async () => {
    const body = bodyOf('connector.update', { id: 'known', displayName: 'By hook' });
    expect((await portal(body, { secret: OLD ?? '' })).status).toBe(202);
    await whenEver(
      'the new name',
      async () => (await connector('known')).body.displayName === 'By hook',
    );
  });

  it('is refused when malformed, too large, or of an unknown type', async () => {
    const codes = async (body: string) => {
      const reply = await portal(body);
      return [reply.status, reply.body.error.code];
    };
    const invalid = [400, 'InvalidRequest'];
    expect(await codes('{')).toEqual(invalid);
    expect(await codes(bodyOf('connector.paint', { id: 'known' }))).toEqual(invalid);
    expect(await codes(bodyOf('connector.delete', { id: '-' }))).toEqual(invalid);
    const purge = { id: 'known', purgeEvents: true };
    expect(await codes(bodyOf('connector.delete', purge))).toEqual(invalid);
    const bad = { id: 'known', domain: orgOf('known').host, credential, backfillDays: 91 };
    expect(await codes(bodyOf('connector.register', bad))).toEqual(invalid);
    const pasted = { ...bad, backfillDays: 1, domain: TOKEN };
    expect(await codes(bodyOf('connector.register', pasted))).toEqual([400, 'InvalidDomain']);
    const large = { id: 'known', displayName: 'x'.repeat(70_000) };
    expect(await codes(bodyOf('connector.update', large))).toEqual([413, 'PayloadTooLarge']);
  });

  it('is applied only once, and its id cannot be reused for other content', async () => {
    const body = bodyOf('connector.update', { id: 'known', displayName: 'Once' }, Date.now() + 500);
    expect((await portal(body, { id: 'once' })).status).toBe(202);
    await whenEver('the name', async () => (await connector('known')).body.displayName === 'Once');
    const etag = (await connector('known')).headers.get('etag');
    expect((await portal(body, { id: 'once' })).status).toBe(202);
    const other = bodyOf('connector.delete', { id: 'known' });
    const conflict = await portal(other, { id: 'once' });
    expect(conflict).toMatchObject({ status: 409, body: { error: { code: 'DeliveryConflict' } } });
    expect((await connector('known')).headers.get('etag')).toBe(etag);
  });

  it('disables and enables a connector, and starts a backfill', async () => {
    const at = Date.now() + 1000;
    const isEnabled = async () => (await connector('known')).body.enabled;
    expect((await portal(bodyOf('connector.disable', { id: 'known' }, at))).status).toBe(202);
    await whenEver('it to be disabled', async () => !(await isEnabled()));
    expect((await portal(bodyOf('connector.enable', { id: 'known' }, at + 1000))).status).toBe(202);
    await whenEver('it to be enabled', isEnabled);
    await settled(host, 'known');
    const verify = bodyOf('connector.backfill', { id: 'known', mode: 'verify' }, at + 2000);
    expect((await portal(verify)).status).toBe(202);
    await whenEver('the verify', async () => (await status('known')).backfill?.mode === 'verify');
  });
});

describe('a registration that fails', () => {
  const wrong = { kind: 'apiToken', token: '00wrongToken' };

  it('leaves a connector with a remedy; a corrected registration repairs it', async () => {
    const data = { id: 'failing', domain: orgOf('failing').host, displayName: 'Failing' };
    await portal(bodyOf('connector.register', { ...data, credential: wrong }));
    await whenEver('the failure to show', async () => (await connector('failing')).status === 200);
    const failed = await whenEver('its error', async () => {
      const page = await status('failing');
      return page.lastError && page;
    });
    expect(failed).toMatchObject({ status: 'ActionRequired', statusReason: 'OktaTokenInvalid' });
    expect((await connector('failing')).body).toMatchObject({
      orgId: null,
      displayName: 'Failing',
    });

    await portal(bodyOf('connector.register', { ...data, credential }, Date.now() + 1000));
    await settled(host, 'failing');
    expect((await status('failing')).lastError).toBeNull();
  });

  it('keeps a working credential', async () => {
    await connect(host, 'working', orgOf('working'));
    await settled(host, 'working');
    const data = { id: 'working', domain: orgOf('working').host, credential: wrong };
    await portal(bodyOf('connector.register', data, Date.now() + 2000));
    const page = await whenEver('the error', async () => {
      const now = await status('working');
      return now.lastError && now;
    });
    expect(page).toMatchObject({ status: 'Connected', lastError: { code: 'OktaTokenInvalid' } });
    expect((await host.call('POST', '/api/connectors/working/test')).body.ok).toBe(true);
    expect((await status('working')).lastError).toBeNull();
  });
});

describe('a CloudEvent', () => {
  const event = (displayName: string, at: number) =>
    new CloudEvent({
      type: 'connector.update',
      source: '/portal',
      time: new Date(at).toISOString(),
      data: { id: 'events', displayName },
    });
  const post = async ({ headers, body }: { headers: object; body: unknown }) =>
    await send('/api/webhooks/events', String(body), headers as Record<string, string>);
  beforeAll(() => connect(host, 'events', orgOf('events')));

  it.each(['structured', 'binary'] as const)('is accepted in its %s form', async (form) => {
    expect((await post(HTTP[form](event(form, Date.now())))).status).toBe(202);
    await whenEver('the name', async () => (await connector('events')).body.displayName === form);
  });
});
