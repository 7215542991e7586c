/** Concurrent requests: one wins, the others are refused, and no step is left unfinished. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { expectError, type Reply } from '../support/calls.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { isProbe } from '../support/row-org.ts';
import { register, settled, until } from '../support/stack.ts';

const MANY = 20;
let first: OrgServer;
let second: OrgServer;
/** One org under two names. */
let okta: OrgServer;
let vanity: OrgServer;
let lab: Lab;
let host: LabHost;

beforeAll(async () => {
  [first, second, okta, vanity] = (await Promise.all([
    startLabOrg({ seed: 1, events: 400 }),
    startLabOrg({ seed: 2, events: 40 }),
    startLabOrg({ seed: 3, events: 10 }),
    startLabOrg({ seed: 3, events: 10 }),
  ])) as [OrgServer, OrgServer, OrgServer, OrgServer];
  okta.org.options.alternateOrigin = vanity.origin;
  vanity.org.options.alternateOrigin = okta.origin;
  lab = await startLab([first, second, okta, vanity]);
  host = await lab.startHost();
});
afterAll(() => lab.close());

const many = async (call: (n: number) => Promise<Reply>) =>
  await Promise.all(Array.from({ length: MANY }, (_, n) => call(n)));
const put = (id: string, org: OrgServer, more: object = {}) => register(host, id, org, more);
const get = (id: string, path = '') => host.call('GET', `/api/connectors/${id}${path}`);
const remove = (id: string, query = '') => host.call('DELETE', `/api/connectors/${id}${query}`);
/** The number of replies by status. */
const tally = (replies: Reply[]) =>
  Object.fromEntries(
    Map.groupBy(replies, ({ status }) => status)
      .entries()
      .map(([status, some]) => [status, some.length]),
  );
const secrets = (start: string) => lab.secretsLike(`okta-${start}`);
/** Delays the org's next probe, and reports its request. */
async function nextProbe({ org }: OrgServer): Promise<void> {
  const asked = Promise.withResolvers<void>();
  org.faults.push({
    times: 1,
    matches: isProbe,
    answer: (_request, proper) => {
      asked.resolve();
      return { ...proper(), delayMs: 1500 };
    },
  });
  return await asked.promise;
}

describe('twenty equal concurrent registrations', () => {
  it('create one connector, one secret and one backfill', async () => {
    const replies = await many(() => put('contoso', first));
    expect(tally(replies)).toEqual({ 200: MANY - 1, 201: 1 });
    expect(new Set(replies.map(({ headers }) => headers.get('etag'))).size).toBe(1);
    expect(secrets('contoso')).toHaveLength(1);
    const { body } = await host.call('GET', '/api/connectors');
    expect(body.value.map(({ id }: any) => id)).toEqual(['contoso']);
    const status = await settled(host, 'contoso');
    expect((await get('contoso', '/backfills')).body.value).toHaveLength(1);
    expect(status.backfill.events + status.live.events).toBe(400 + status.counts.duplicatesDropped);
  });
});

describe('twenty concurrent registrations of one org under different ids', () => {
  it('have one winner, and the others receive its name', async () => {
    const replies = await many((n) => put(`many-${n}`, second));
    expect(tally(replies)).toEqual({ 201: 1, 409: MANY - 1 });
    const winner = replies.findIndex(({ status }) => status === 201);
    for (const [n, reply] of replies.entries())
      if (n !== winner)
        expect(expectError(reply, 409, 'OrgAlreadyConnected').remedy).toContain(`"many-${winner}"`);
    expect(secrets('many')).toEqual([expect.stringContaining(`okta-many-${winner}-`)]);
    const { body } = await host.call('GET', '/api/connectors?top=200');
    expect(body.value.map(({ id }: any) => id)).toEqual(['contoso', `many-${winner}`]);
    expect((await remove(`many-${winner}`, '?purgeEvents=true')).status).toBe(204);
  });
});

describe('an org', () => {
  it('is connected only once, even under its alternate name', async () => {
    expect((await put('vanity', vanity)).status).toBe(201);
    const taken = expectError(await put('okta', okta), 409, 'OrgAlreadyConnected');
    expect(taken.remedy).toContain('"vanity"');
  });

  it('can be changed to its alternate name, but not to another org', async () => {
    const domain = okta.host;
    const renamed = await host.call('PATCH', '/api/connectors/vanity', { domain });
    expect(renamed).toMatchObject({ status: 200, body: { domain } });
    expect((await put('vanity', vanity)).body.domain).toBe(vanity.host);
    const other = { domain: first.host };
    const refused = await host.call('PATCH', '/api/connectors/vanity', other);
    expectError(refused, 409, 'OrgMismatch');
  });
});

describe('twenty concurrent changes', () => {
  const change = (n: number) => ({
    displayName: `Name ${n}`,
    backfillDays: n,
    pollIntervalSeconds: 60 + n,
  });
  const patch = (n: number, headers = {}) =>
    host.call('PATCH', '/api/connectors/vanity', change(n), headers);

  it('of one revision have one winner, and are never mixed', async () => {
    const etag = (await get('vanity')).headers.get('etag') ?? '';
    const replies = await many((n) => patch(n, { 'if-match': etag }));
    expect(tally(replies)).toEqual({ 200: 1, 412: MANY - 1 });
    const winner = replies.findIndex(({ status }) => status === 200);
    expect((await get('vanity')).body).toMatchObject(change(winner));
  });

  it('without a condition are each applied or refused as a whole', async () => {
    const replies = await many((n) => patch(n));
    for (const [n, { status, body }] of replies.entries())
      if (status === 200) expect(body).toMatchObject(change(n));
      else expect([status, body.error.code]).toEqual([412, 'PreconditionFailed']);
    const { body: last } = await get('vanity');
    expect(last).toMatchObject(change(last.backfillDays));
  });
});

it('a replacement without a credential does not undo a concurrent rotation', async () => {
  const { body: shown } = await get('vanity');
  const { org } = vanity;
  const [old = ''] = org.options.tokens;
  org.options.tokens.push('00rotated');
  okta.org.options.tokens.push('00rotated');
  const asked = nextProbe(vanity);
  const replaced = host.call('PUT', '/api/connectors/vanity', { ...shown, displayName: 'Slow' });
  await asked;
  const credential = { kind: 'apiToken', token: '00rotated' };
  expect((await host.call('PATCH', '/api/connectors/vanity', { credential })).status).toBe(200);
  expect(await replaced).toMatchObject({ status: 200, body: { displayName: 'Slow' } });
  org.options.tokens.splice(0, org.options.tokens.length, '00rotated');
  expect((await host.call('POST', '/api/connectors/vanity/test')).body.ok).toBe(true);
  expect(org.options.tokens).not.toContain(old);
});

describe('a delete', () => {
  /** The deleted connector stays deleted: in lists, in requests to the org, and in the vault. */
  async function expectGone(id: string, org: OrgServer): Promise<void> {
    await until('its secret to be gone', async () => (secrets(id).length === 0 ? true : undefined));
    await until('every run to be over', async () => {
      const before = sum(org);
      for (const timer of ['poll-timer', 'housekeeping']) await host.runTimer(timer);
      await host.call('GET', '/api/connectors');
      return sum(org) === before ? true : undefined;
    });
    expectError(await get(id), 404, 'ConnectorNotFound');
    expectError(await get(id, '/status'), 404, 'ConnectorNotFound');
    expect((await host.call('GET', '/api/connectors')).body.value).not.toContainEqual(
      expect.objectContaining({ id }),
    );
    expect(secrets(id)).toEqual([]);
  }
  const sum = ({ org }: OrgServer) => [...org.answered.values()].reduce((all, one) => all + one, 0);

  it.each(['', '?purgeEvents=true'])(
    '%s takes precedence over a running poll and backfill',
    async (query) => {
      first.org.limiter.limitPerMinute = 100_000;
      if (query) expect((await put('contoso', first)).status).toBe(201);
      await host.call('POST', '/api/connectors/contoso/backfills', { mode: 'verify' });
      const polls = many(() => host.call('POST', '/api/connectors/contoso/poll'));
      const deleted = await many(() => remove('contoso', query));
      expect(tally(deleted)).toEqual({ 204: MANY });
      for (const { status } of await polls) expect([202, 404]).toContain(status);
      await expectGone('contoso', first);
    },
  );

  it('ends a registration without a credential that began earlier', async () => {
    // After the purge: the id is free.
    await until('the id to be free', async () => {
      const { status } = await put('contoso', first);
      return status === 409 ? undefined : true;
    });
    const { body: shown } = await get('contoso');
    const asked = nextProbe(first);
    const late = host.call('PUT', '/api/connectors/contoso', { ...shown, displayName: 'Late' });
    await asked;
    expect((await remove('contoso')).status).toBe(204);
    const error = expectError(await late, 400, 'InvalidRequest');
    expect(error.target).toBe('credential');
    await expectGone('contoso', first);
  });

  it('with concurrent registrations leaves one complete connector, or none', async () => {
    const replies = await many((n) => (n % 2 ? put('contoso', first) : remove('contoso')));
    for (const { status } of replies) expect([200, 201, 204, 409, 412]).toContain(status);
    if ((await get('contoso')).status === 404) await expectGone('contoso', first);
    else expect((await host.call('POST', '/api/connectors/contoso/test')).body.ok).toBe(true);
    const { body } = await put('contoso', first);
    expect(body).toMatchObject({ id: 'contoso', enabled: true });
    await settled(host, 'contoso');
    await until('the counts to be fresh, and right', async () => {
      const { stored } = (await get('contoso', '/status')).body.counts;
      return stored === 400 ? true : undefined;
    });
  });
});
