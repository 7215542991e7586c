/** Portals register connectors by webhook. */
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectedLab, startLab, startLabOrg } from '../support/lab.ts';
import { settled, TOKEN, until } from '../support/stack.ts';

const [NEW, OLD] = ['n', 'o'].map(
  (one) => `whsec_${Buffer.from(one.repeat(32)).toString('base64')}`,
);
const ANY = NEW ?? '';
let lab: ConnectedLab['lab'];
let host: ConnectedLab['host'];
let org: ConnectedLab['org'];
let deliveries = 0;

beforeAll(async () => {
  org = await startLabOrg({ events: 50 });
  lab = await startLab([org]);
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

/** As a portal signs and sends. */
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
  it('registers a connector behind its reply', async () => {
    const sent = await portal(
      bodyOf('connector.register', { id: 'byhook', domain: org.host, credential }),
    );
    expect(sent.status).toBe(202);
    expect(sent.body).toMatchObject({
      operation: { connectorId: 'byhook', type: 'connector.register' },
      statusUrl: expect.stringMatching(/\/api\/connectors\/byhook\/status$/),
    });
    await whenEver('the connector', async () => (await connector('byhook')).status === 200);
    await settled(host, 'byhook');
    expect((await connector('byhook')).body.createdBy).toBe('webhook.portal');
  });

  it('changes what it names, also while secrets are rotated', async () => {
    const body = bodyOf('connector.update', { id: 'byhook', displayName: 'By hook' });
    expect((await portal(body, { secret: OLD ?? '' })).status).toBe(202);
    await whenEver(
      'the new name',
      async () => (await connector('byhook')).body.displayName === 'By hook',
    );
  });

  it('is refused when malformed, too large, or of an unknown type', async () => {
    const codes = async (body: string) => {
      const reply = await portal(body);
      return [reply.status, reply.body.error.code];
    };
    expect(await codes('{')).toEqual([400, 'InvalidRequest']);
    expect(await codes(bodyOf('connector.paint', { id: 'byhook' }))).toEqual([
      400,
      'InvalidRequest',
    ]);
    expect(await codes(bodyOf('connector.delete', { id: '-' }))).toEqual([400, 'InvalidRequest']);
    expect(await codes(bodyOf('connector.delete', { id: 'byhook', purgeEvents: true }))).toEqual([
      400,
      'InvalidRequest',
    ]);
    const bad = { id: 'byhook', domain: org.host, credential, backfillDays: 91 };
    expect(await codes(bodyOf('connector.register', bad))).toEqual([400, 'InvalidRequest']);
    expect(
      await codes(bodyOf('connector.register', { ...bad, backfillDays: 1, domain: TOKEN })),
    ).toEqual([400, 'InvalidDomain']);
    expect(
      await codes(bodyOf('connector.update', { id: 'byhook', displayName: 'x'.repeat(70_000) })),
    ).toEqual([413, 'PayloadTooLarge']);
  });

  it('does nothing twice, and nothing else under the same id', async () => {
    const body = bodyOf('connector.disable', { id: 'byhook' });
    expect((await portal(body, { id: 'once' })).status).toBe(202);
    await whenEver(
      'it to be disabled',
      async () => (await connector('byhook')).body.enabled === false,
    );
    const etag = (await connector('byhook')).headers.get('etag');
    expect((await portal(body, { id: 'once' })).status).toBe(202);
    const other = bodyOf('connector.delete', { id: 'byhook' });
    const conflict = await portal(other, { id: 'once' });
    expect(conflict).toMatchObject({ status: 409, body: { error: { code: 'DeliveryConflict' } } });
    expect((await connector('byhook')).headers.get('etag')).toBe(etag);
  });

  it('enables a connector, and starts a backfill', async () => {
    const enable = bodyOf('connector.enable', { id: 'byhook' }, Date.now() + 1000);
    expect((await portal(enable)).status).toBe(202);
    await whenEver('it to be enabled', async () => (await connector('byhook')).body.enabled);
    const asked = bodyOf('connector.backfill', { id: 'byhook', mode: 'verify' }, Date.now() + 2000);
    expect((await portal(asked)).status).toBe(202);
    await whenEver('the verify', async () => (await status('byhook')).backfill?.mode === 'verify');
  });
});

describe('a registration that fails', () => {
  const wrong = { kind: 'apiToken', token: '00wrongToken' };

  it('leaves a connector that says what to do; a corrected one repairs it', async () => {
    expect((await host.call('DELETE', '/api/connectors/byhook')).status).toBe(204);
    const data = { id: 'failing', domain: org.host, displayName: 'Failing' };
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

  it('leaves a working credential in place', async () => {
    const data = { id: 'failing', domain: org.host, credential: wrong };
    await portal(bodyOf('connector.register', data, Date.now() + 2000));
    const page = await whenEver('the error', async () => {
      const now = await status('failing');
      return now.lastError && now;
    });
    expect(page).toMatchObject({ status: 'Connected', lastError: { code: 'OktaTokenInvalid' } });
    expect((await host.call('POST', '/api/connectors/failing/test')).body.ok).toBe(true);
    expect((await status('failing')).lastError).toBeNull();
  });
});

describe('a CloudEvent', () => {
  const event = (data: object, more = {}) =>
    new CloudEvent({
      type: 'connector.update',
      source: '/portal',
      time: new Date(Date.now() + 10_000).toISOString(),
      data: { id: 'failing', ...data },
      ...more,
    });
  const post = async ({ headers, body }: { headers: object; body: unknown }) =>
    await send('/api/webhooks/events', String(body), headers as Record<string, string>);

  it('is taken structured and binary', async () => {
    expect((await post(HTTP.structured(event({ displayName: 'Structured' })))).status).toBe(202);
    await whenEver(
      'the name',
      async () => (await connector('failing')).body.displayName === 'Structured',
    );
    expect((await post(HTTP.binary(event({ displayName: 'Binary' })))).status).toBe(202);
    await whenEver(
      'the name',
      async () => (await connector('failing')).body.displayName === 'Binary',
    );
  });
});
