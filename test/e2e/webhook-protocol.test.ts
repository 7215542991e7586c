/** The guarantees to senders of webhooks. */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { expectError } from '../support/calls.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import { settled, TOKEN, until } from '../support/stack.ts';

const [NEW = '', OLD = '', OTHER = ''] = ['n', 'o', 'x'].map(
  (one) => `whsec_${Buffer.from(one.repeat(24)).toString('base64')}`,
);
const JSON_TYPE = { 'content-type': 'application/json' };
const MINUTE_MS = 60_000;
let org: OrgServer;
let lab: Lab;
let host: LabHost;
let deliveries = 0;
/** The tables and queues that ever contained the token. */
const leaks: string[] = [];

beforeAll(async () => {
  org = await startLabOrg({ events: 25 });
  lab = await startLab([org]);
  for (const service of [lab.tables, lab.queues])
    service.watcher = {
      before: ({ path, body }) => {
        const plain = body + Buffer.from(/<MessageText>(.*?)</.exec(body)?.[1] ?? '', 'base64');
        if (plain.includes(TOKEN)) leaks.push(path);
        return 'pass';
      },
    };
  host = await lab.startHost({
    WEBHOOK_SECRETS: `${NEW},${OLD}`,
  });
});
afterAll(() => lab.close());

const textOf = (type: string, data: object, atMs = Date.now()) =>
  JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data });
const someBody = () => textOf('connector.enable', { id: 'nobody' });

interface Signing {
  id?: string;
  secret?: string;
  sentAtMs?: number;
}
function signed(
  body: string,
  { id = `msg-${++deliveries}`, secret = NEW, sentAtMs = Date.now() }: Signing = {},
) {
  const signature = new Webhook(secret).sign(id, new Date(sentAtMs), body);
  return {
    ...JSON_TYPE,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAtMs / 1000)),
    'webhook-signature': signature,
  };
}
const send = (body: string, headers: Record<string, string>, to = host) =>
  to.send('POST', '/api/webhooks/portal', body, headers);
const deliver = async (type: string, data: object, atMs?: number): Promise<void> => {
  const body = textOf(type, data, atMs);
  const reply = await send(body, signed(body));
  expect([reply.status, reply.body.operation]).toEqual([
    202,
    { connectorId: (data as any).id, type },
  ]);
};
/** The results of the deliveries for a connector, latest first. */
const outcomes = async (id: string): Promise<any[]> => {
  const { body } = await host.call('GET', `/api/audit?connectorId=${id}&top=1000`);
  return body.value.filter(
    (one: any) => one.action.startsWith('connector.') && one.result !== 'started',
  );
};
const worked = (id: string, count: number) =>
  until(`${count} deliveries to be worked on`, async () => {
    const all = await outcomes(id);
    return all.length >= count ? all : undefined;
  });

describe('a signature', () => {
  it('is valid with any of the secrets, among other signatures and unknown versions', async () => {
    for (const secret of [NEW, OLD]) {
      const body = someBody();
      const headers = signed(body, { secret });
      const several = `v1a,abc v2,def ${headers['webhook-signature']} v1,AAAA`;
      expect((await send(body, headers)).status).toBe(202);
      expect((await send(body, { ...headers, 'webhook-signature': several })).status).toBe(202);
    }
  });

  it('covers the exact bytes of the body', async () => {
    const body = ` {"data" : {"id":"nobody"},\n"type":"connector.\\u0065nable","timestamp":"2026-11-01T00:00:00.000+01:00", "é":1.0}`;
    const headers = signed(body);
    expectError(await send(JSON.stringify(JSON.parse(body)), headers), 401, 'Unauthorized');
    expect((await send(body, headers)).status).toBe(202);
  });

  it.each<[string, (headers: Record<string, string>) => object]>([
    ['of another secret', () => signed(someBody(), { secret: OTHER })],
    [
      'of an unknown version alone',
      (one) => ({ ...one, 'webhook-signature': one['webhook-signature']?.replace('v1,', 'v2,') }),
    ],
    ['that is not base64', (one) => ({ ...one, 'webhook-signature': 'v1,?' })],
    ['that is missing', (one) => ({ ...one, 'webhook-signature': '' })],
    ['without an id', (one) => ({ ...one, 'webhook-id': '' })],
    ['of another id', (one) => ({ ...one, 'webhook-id': 'other' })],
    ['without a time', (one) => ({ ...one, 'webhook-timestamp': '' })],
    ['with an invalid time', (one) => ({ ...one, 'webhook-timestamp': 'now' })],
    [
      'of another time',
      (one) => ({ ...one, 'webhook-timestamp': String(Number(one['webhook-timestamp']) - 1) }),
    ],
  ])('%s returns 401', async (_what, change) => {
    const body = someBody();
    const headers = { ...signed(body), ...change(signed(body)) } as Record<string, string>;
    expectError(await send(body, headers), 401, 'Unauthorized');
  });

  it('is accepted up to five minutes early or late', async () => {
    const sentAt = async (offsetMs: number) => {
      const body = someBody();
      return (await send(body, signed(body, { sentAtMs: Date.now() + offsetMs }))).status;
    };
    expect(await sentAt(-4.5 * MINUTE_MS)).toBe(202);
    expect(await sentAt(4.5 * MINUTE_MS)).toBe(202);
    expect(await sentAt(-5.5 * MINUTE_MS)).toBe(401);
    expect(await sentAt(5.5 * MINUTE_MS)).toBe(401);
  });

  it('is refused while no secret is set, or when any secret is too short', async () => {
    const unset = await lab.startHost();
    const body = someBody();
    expectError(await send(body, signed(body), unset), 401, 'Unauthorized');
    const short = `whsec_${Buffer.from('x'.repeat(23)).toString('base64')}`;
    for (const WEBHOOK_SECRETS of [short, `${NEW},${short}`, 'secret']) {
      const refused = await lab.startHost({ WEBHOOK_SECRETS });
      const health = await fetch(`${refused.url}/api/health`);
      expect(await health.json()).toMatchObject({ checks: [{ settings: ['WEBHOOK_SECRETS'] }] });
    }
  });

  it('that is refused is recorded, without the content', async () => {
    const record = async (): Promise<Record<'action' | 'code' | 'detail', string>[]> =>
      (await host.call('GET', '/api/audit?top=1000')).body.value;
    const refusals = async () =>
      (await record())
        .filter(({ action, code }) => action === 'webhook.portal' && code === 'Unauthorized')
        .reduce((sum, { detail }) => sum + Number.parseInt(detail, 10), 0);
    const before = await refusals();
    await send(someBody(), { ...JSON_TYPE, 'webhook-id': TOKEN });
    expect(await refusals()).toBe(before + 1);
    expect(JSON.stringify(await record())).not.toContain(TOKEN);
  });
});

describe('deliveries in any order', () => {
  const domain = () => org.host;
  const credential = { kind: 'apiToken', token: TOKEN };
  const shown = (id: string) => host.call('GET', `/api/connectors/${id}`);

  it('result in the state of the latest delivery', async () => {
    const base = Date.now();
    await deliver('connector.register', { id: 'contoso', domain: domain(), credential }, base);
    await settled(host, 'contoso');
    const ORDERS = [
      [1, 2, 3],
      [1, 3, 2],
      [2, 1, 3],
      [2, 3, 1],
      [3, 1, 2],
      [3, 2, 1],
    ];
    for (const [round, order] of ORDERS.entries()) {
      for (const [n, place] of order.entries()) {
        const data = { id: 'contoso', displayName: `Round ${round}, place ${place}` };
        await deliver('connector.update', data, base + round * 10 + place);
        await worked('contoso', 1 + round * 3 + n + 1);
      }
      expect((await shown('contoso')).body.displayName).toBe(`Round ${round}, place 3`);
    }
    for (const { result, code } of await outcomes('contoso'))
      expect([result, code]).toEqual(
        result === 'ok' ? ['ok', undefined] : ['refused', 'PreconditionFailed'],
      );
  });

  it('are also ordered when they change nothing', async () => {
    const { body: before, headers } = await shown('contoso');
    const base = Date.now() + MINUTE_MS;
    const { length: count } = await outcomes('contoso');
    const { displayName } = before;
    await deliver('connector.update', { id: 'contoso', displayName }, base + 2);
    await worked('contoso', count + 1);
    await deliver('connector.update', { id: 'contoso', displayName: 'Late' }, base + 1);
    await worked('contoso', count + 2);
    await deliver('connector.enable', { id: 'contoso' }, base + 4);
    await worked('contoso', count + 3);
    await deliver('connector.disable', { id: 'contoso' }, base + 3);
    await worked('contoso', count + 4);
    expect((await shown('contoso')).headers.get('etag')).toBe(headers.get('etag'));
    expect((await shown('contoso')).body).toEqual(before);
  });

  it('include a delete, which does not purge, and which supersedes an earlier registration', async () => {
    const base = Date.now() + 2 * MINUTE_MS;
    await deliver('connector.delete', { id: 'contoso' }, base + 2000);
    await until('it to be gone', async () =>
      (await shown('contoso')).status === 404 ? true : undefined,
    );
    await deliver(
      'connector.register',
      { id: 'contoso', domain: domain(), credential },
      base + 1000,
    );
    await until('the registration to be refused', async () => {
      const [latest] = await outcomes('contoso');
      return latest?.action === 'connector.register' && latest.result === 'refused'
        ? true
        : undefined;
    });
    expectError(await shown('contoso'), 404, 'ConnectorNotFound');
    await deliver(
      'connector.register',
      { id: 'contoso', domain: domain(), credential },
      base + 3000,
    );
    await settled(host, 'contoso');
    await promiseKept(host, 'contoso', org);
  });

  it('for an unknown connector are finished without effect', async () => {
    for (const type of ['update', 'disable', 'enable', 'delete', 'backfill'])
      await deliver(`connector.${type}`, { id: 'unheard-of' });
    const all = await worked('unheard-of', 5);
    for (const { caller, code } of all) {
      expect(caller).toBe('webhook.portal');
      expect([undefined, 'ConnectorNotFound', 'PreconditionFailed']).toContain(code);
    }
    expectError(await shown('unheard-of'), 404, 'ConnectorNotFound');
  });

  it('never leave a token in a table or a queue', () => {
    expect(leaks).toEqual([]);
  });
});
