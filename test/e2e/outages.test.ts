/**
 * Storage or vault is unavailable, closes connections or does not answer: the replies to callers, and
 * that no event is lost.
 */
import { TableClient } from '@azure/data-tables';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { expectError, type Reply } from '../support/calls.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import type { Verdict } from '../support/proxy.ts';
import { register, settled, TOKEN, until } from '../support/stack.ts';

const SECRET = `whsec_${Buffer.from('s'.repeat(32)).toString('base64')}`;
const OTHER_TOKEN = '00otherTokenOfTheTests0000000000000000000';
const PATH = '/api/connectors/contoso';
let org: OrgServer;
let second: OrgServer;
let lab: Lab;
let host: LabHost;

beforeAll(async () => {
  org = await startLabOrg({ events: 1500, days: 60 });
  second = await startLabOrg({ events: 10, seed: 2 });
  org.org.options.tokens.push(OTHER_TOKEN);
  lab = await startLab([org, second]);
  host = await lab.startHost({ WEBHOOK_SECRETS: SECRET, BACKFILL_PARALLEL_SLICES: '2' });
  await register(host, 'contoso', org);
  await settled(host, 'contoso');
});
afterEach(() => {
  for (const service of [lab.tables, lab.queues, lab.vault]) service.watcher = {};
});
afterAll(() => lab.close());

const get = (path = '') => host.call('GET', `${PATH}${path}`);
/** A temporary failure of the app: the reply has the time of a retry. */
function expectUnavailable(reply: Reply, code: string): void {
  const error = expectError(reply, 503, code);
  expect(error.retryable).toBe(true);
  expect(error.remedy).toContain('Try again');
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(JSON.stringify(reply.body)).not.toMatch(/127\.0\.0\.1|tests\d|RestError/);
}
const put = (id: string, server: OrgServer) => register(host, id, server);

let deliveries = 0;
const portal = async (type: string, data: object, id = `outage-${++deliveries}`) => {
  const body = JSON.stringify({ type, timestamp: '2026-11-01T00:00:00.000Z', data });
  const now = new Date();
  const send = () =>
    host.send('POST', '/api/webhooks/portal', body, {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(SECRET).sign(id, now, body),
    });
  return { reply: await send(), again: send };
};

describe('while Table Storage', () => {
  const rows: [string, (again: number) => Promise<Reply>][] = [
    ['the list', () => host.call('GET', '/api/connectors')],
    ['a connector', () => get()],
    ['its status', () => get('/status')],
    ['its events', () => get('/events')],
    ['its coverage', () => get('/coverage')],
    ['its runs', () => get('/runs')],
    ['its dead letters', () => get('/deadletters')],
    ['its backfills', () => get('/backfills')],
    ['the record', () => host.call('GET', '/api/audit')],
    ['a registration', () => put('fabrikam', second)],
    ['a change', () => host.call('PATCH', PATH, { displayName: 'x' })],
    ['a delete', () => host.call('DELETE', PATH)],
    ['a test', () => host.call('POST', `${PATH}/test`)],
    ['a poll', () => host.call('POST', `${PATH}/poll`)],
    ['a backfill', () => host.call('POST', `${PATH}/backfills`)],
    ['an export', () => get('/events/export?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z')],
    ['a webhook', async () => (await portal('connector.disable', { id: 'contoso' })).reply],
    [
      'an event',
      async () => {
        const time = new Date().toISOString();
        const data = { id: 'contoso' };
        const event = new CloudEvent({ type: 'connector.disable', source: '/p', time, data });
        const { headers, body } = HTTP.structured(event);
        return await host.send('POST', '/api/webhooks/events', String(body), headers as never);
      },
    ],
  ];

  it.each<[string, Verdict]>([
    ['fails', 500],
    ['cuts the connection', 'lose'],
  ])(
    '%s, every call returns 503 StorageUnavailable with the time of a retry',
    async (_how, verdict) => {
      lab.tables.watcher = { before: () => verdict };
      const replies = await Promise.all(
        rows.map(async ([name, call]) => [name, await call(0)] as const),
      );
      lab.tables.watcher = {};
      for (const [, reply] of replies) expectUnavailable(reply, 'StorageUnavailable');
      expect((await get()).body).toMatchObject({
        id: 'contoso',
        enabled: true,
        displayName: 'contoso',
      });
      expect((await host.call('GET', '/api/connectors/fabrikam')).status).toBe(404);
    },
  );
});

describe('while Table Storage refuses writes', () => {
  it('the status of a connector shows it, until writes succeed again', async () => {
    lab.tables.watcher = { before: ({ method }) => (method === 'GET' ? 'pass' : 500) };
    const refused = await until('the status to say so', async () => {
      const { body } = await get('/status');
      return body.lastError?.code === 'StorageUnavailable' ? body : undefined;
    });
    expect(refused).toMatchObject({ status: 'Degraded', statusReason: 'StorageUnavailable' });
    lab.tables.watcher = {};
    const { lastError } = await until('the status to be Connected', async () => {
      const { body } = await get('/status');
      return body.status === 'Connected' ? body : undefined;
    });
    expect(lastError?.code).not.toBe('StorageUnavailable');
  });
});

describe('while Queue Storage fails, a webhook', () => {
  it('returns 503, and is accepted and applied when it is sent again', async () => {
    lab.queues.watcher = { before: ({ method }) => (method === 'POST' ? 403 : 'pass') };
    const { reply, again } = await portal('connector.update', {
      id: 'contoso',
      displayName: 'Sent',
    });
    expectUnavailable(reply, 'StorageUnavailable');
    lab.queues.watcher = {};
    expect((await again()).status).toBe(202);
    await until('it to be done', async () =>
      (await get()).body.displayName === 'Sent' ? true : undefined,
    );
  });
});

describe('while the vault', () => {
  it.each<[string, Verdict]>([
    ['denies access', 403],
    ['cuts the connection', 'lose'],
  ])(
    '%s, a rotation returns 503 VaultUnavailable and the old token stays',
    async (_how, verdict) => {
      lab.vault.watcher = { before: ({ method }) => (method === 'PUT' ? verdict : 'pass') };
      const credential = { kind: 'apiToken', token: OTHER_TOKEN };
      const before = await get();
      expectUnavailable(await host.call('PATCH', PATH, { credential }), 'VaultUnavailable');
      const after = await get();
      expect(after.headers.get('etag')).toBe(before.headers.get('etag'));
    },
  );

  it('is unavailable, a registration returns 503 and the same PUT finishes it', async () => {
    lab.vault.watcher = { before: () => 403 };
    expectUnavailable(await put('fabrikam', second), 'VaultUnavailable');
    lab.vault.watcher = {};
    expect((await put('fabrikam', second)).status).toBe(201);
    await settled(host, 'fabrikam');
  });

  it('is unavailable, a test reports it and a webhook with a token returns 503', async () => {
    lab.vault.watcher = { before: () => 403 };
    const { status, body } = await host.call('POST', `${PATH}/test`);
    expect(status).toBe(200);
    const { error } = body.checks.find(({ name }: any) => name === 'vault');
    expect(error.code).toBe('VaultUnavailable');
    const credential = { kind: 'apiToken', token: TOKEN };
    const { reply, again } = await portal('connector.update', { id: 'contoso', credential });
    expectUnavailable(reply, 'VaultUnavailable');
    lab.vault.watcher = {};
    expect((await again()).status).toBe(202);
  });
});

it('a defect of the app returns 500 with an id to report, and no details', async () => {
  const options = { allowInsecureConnection: true };
  const table = TableClient.fromConnectionString(lab.connectionString, 'connectors', options);
  await table.createEntity({ partitionKey: 'connector', rowKey: 'broken', nonsense: 'sEcReT' });
  const reply = await host.call('GET', '/api/connectors/broken');
  await table.deleteEntity('connector', 'broken');
  const error = expectError(reply, 500, 'InternalError');
  expect(error.remedy).toContain(reply.headers.get('x-ms-request-id'));
  expect(error.retryable).toBe(true);
  expect(JSON.stringify(reply.body)).not.toMatch(/zod|sEcReT|at .*\.js/i);
});

describe('an export that fails after its first byte', () => {
  const range = 'from=2000-01-01T00:00:00.000Z&to=2100-01-01T00:00:00.000Z';

  it('closes the connection, and is recorded as failed with its range and rows', async () => {
    let pages = 0;
    lab.tables.watcher = {
      before: ({ method, path }) =>
        method === 'GET' && path.includes('/events()') && ++pages > 20 ? 500 : 'pass',
    };
    const reply = await fetch(`${host.url}${PATH}/events/export?${range}`);
    expect(reply.status).toBe(200);
    let received = 0;
    const read = async () => {
      for await (const chunk of reply.body ?? []) received += chunk.length;
    };
    await expect(read()).rejects.toThrow();
    expect(received).toBeGreaterThan(0);
    lab.tables.watcher = {};
    const entry = await until('the record', async () => {
      const { body } = await host.call('GET', '/api/audit?connectorId=contoso&top=20');
      return body.value.find(
        ({ action, result }: any) => action === 'events.export' && result === 'failed',
      );
    });
    expect(entry.detail).toMatch(
      /^ndjson 2000-01-01T00:00:00.000Z to 2100-01-01T00:00:00.000Z: \d+ rows$/,
    );
  });
});

describe('a delete with purge', () => {
  it('hides the connector while its events cannot be deleted, and the id stays reserved', async () => {
    const isPurge = (body: string) => body.includes('DELETE ') && body.includes('/events(');
    lab.tables.watcher = { before: ({ body }) => (isPurge(body) ? 403 : 'pass') };
    expect((await host.call('DELETE', `${PATH}?purgeEvents=true`)).status).toBe(204);
    expectError(await get(), 404, 'ConnectorNotFound');
    const deleting = expectError(await put('contoso', org), 409, 'ConnectorDeleting');
    expect(deleting.remedy).toMatch(/another id/);
    lab.tables.watcher = {};
    await host.runTimer('housekeeping');
    const again = await until('the purge to end', async () => {
      const reply = await put('contoso', org);
      return reply.status === 409 ? undefined : reply;
    });
    expect(again.status).toBe(201);
  });
});
