/** The connectors of one message are independent of each other. */
import { beforeEach, describe, expect, it } from 'vitest';
import { provision } from '../../../shared/connectors/provision.ts';
import { watchTimers } from '../../../shared/housekeeping/watch-timers.ts';
import { pollAll } from '../../../shared/ingest/poll-all.ts';
import { tick } from '../../../shared/ingest/send-due.ts';
import type { PollMessage } from '../../../shared/storage/queue.ts';
import { Token } from '../../../shared/token.ts';
import { connectorOf } from '../../support/backfills.ts';
import { aConnector } from '../../support/samples.ts';
import { createWorld, settle, TOKEN, type World } from '../../support/world.ts';

const MINUTE = 60_000;

let world: World;
let queued: PollMessage[];
let results: Record<string, string>;

beforeEach(async () => {
  world = createWorld({ events: 0 });
  await world.connect({ backfillDays: 0 });
  await settle(world);
  queued = [];
  results = {};
  world.deps.pollQueue = { send: async (message) => void queued.push(message) };
});

const nowMs = () => world.deps.storageClock.nowMs();
const log = {
  ended: (id: string, { kind }: { kind: string }) => {
    results[id] = kind;
  },
  failed: (id: string) => {
    results[id] = 'failed';
  },
};
const poll = async (...ids: string[]) => await pollAll(world.deps, ids, log);
const dueOf = async (id = 'contoso') => await world.deps.due.get(id);

describe('after its poll, a connector', () => {
  it('is in the index with its next poll', async () => {
    world.pass(2 * MINUTE);
    await poll('contoso');
    const { dueAtMs } = await world.facts();
    expect(results).toEqual({ contoso: 'done' });
    expect(await dueOf()).toMatchObject({ dueAtMs });
    expect(dueAtMs).toBeGreaterThan(nowMs());
  });

  it('is marked in the index when its poll took seconds, until the next poll', async () => {
    const { transport } = world.deps;
    const send = async (request: Parameters<typeof transport.send>[0]) => {
      world.pass(12_000);
      return await transport.send(request);
    };
    world.pass(2 * MINUTE);
    await pollAll({ ...world.deps, transport: { send } }, ['contoso'], log);
    expect((await dueOf())?.isSlow).toBe(true);
    world.pass(2 * MINUTE);
    await poll('contoso');
    expect((await dueOf())?.isSlow).toBeUndefined();
  });

  it('that was not due has its place in the index corrected', async () => {
    const { dueAtMs } = await world.facts();
    await world.deps.due.put([{ connectorId: 'contoso', dueAtMs: nowMs(), sentAtMs: nowMs() }]);
    await poll('contoso');
    expect(results).toEqual({ contoso: 'notDue' });
    expect(await dueOf()).toMatchObject({ dueAtMs });
    expect((await dueOf())?.sentAtMs).toBeUndefined();
  });

  it('that is disabled or deleted leaves the index', async () => {
    const stored = await world.deps.connectors.get('contoso');
    const disabled = { ...(await connectorOf(world)), enabled: false };
    await world.deps.connectors.replace(disabled, stored?.etag ?? '');
    await world.deps.due.put([{ connectorId: 'never-there', dueAtMs: 0 }]);
    await poll('contoso', 'never-there');
    expect([await dueOf(), await dueOf('never-there')]).toEqual([undefined, undefined]);
  });

  it('that is enabled again at the same moment keeps its place', async () => {
    await world.deps.due.put([{ connectorId: 'back', dueAtMs: 0 }]);
    const row = await dueOf('back');
    await world.deps.due.put([{ connectorId: 'back', dueAtMs: nowMs() }]);
    if (row) await world.deps.due.remove(row);
    expect(await dueOf('back')).toMatchObject({ dueAtMs: nowMs() });
  });
});

it('a connector whose poll fails does not disturb the others, and stays due', async () => {
  world.pass(2 * MINUTE);
  await world.deps.due.put([{ connectorId: 'unreadable', dueAtMs: 0 }]);
  const { connectors } = world.deps;
  const get = async (id: string) => {
    if (id === 'unreadable') throw new Error('an unreadable row');
    return await connectors.get(id);
  };
  const reading = Object.assign(Object.create(connectors), { get });
  await pollAll({ ...world.deps, connectors: reading }, ['unreadable', 'contoso'], log);
  expect(results).toEqual({ unreadable: 'failed', contoso: 'done' });
  expect(await dueOf('unreadable')).toMatchObject({ dueAtMs: 0 });
});

it('a slow org delays only its own result', async () => {
  world.pass(2 * MINUTE);
  const { connectors } = world.deps;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const get = async (id: string) => {
    if (id === 'slow') await answered;
    return await connectors.get(id);
  };
  const reading = Object.assign(Object.create(connectors), { get });
  const polling = pollAll({ ...world.deps, connectors: reading }, ['slow', 'contoso'], log);
  await expect.poll(async () => (await dueOf())?.dueAtMs).toBeGreaterThan(nowMs());
  expect(results).toEqual({ contoso: 'done' });
  answer();
  await polling;
  expect(results).toEqual({ contoso: 'done', slow: 'gone' });
});

it('an idle poll costs three operations of the storage, beside its share of the index', async () => {
  world.pass(61 * MINUTE);
  await poll('contoso');
  world.pass(2 * MINUTE);
  const operations: string[] = [];
  for (const [name, table] of Object.entries(world.tables)) {
    const { get, list, batch } = table;
    table.get = (...given) => {
      operations.push(`get ${name}`);
      return get.apply(table, given);
    };
    table.list = (...given) => {
      operations.push(`list ${name}`);
      return list.apply(table, given);
    };
    table.batch = (...given) => {
      operations.push(`write ${name}`);
      return batch.apply(table, given);
    };
  }
  const requests = world.requests();
  await poll('contoso');
  expect(results).toEqual({ contoso: 'done' });
  expect(world.requests() - requests).toBe(1);
  expect(operations).toEqual([
    'get connectors',
    'list checkpoints',
    'write checkpoints',
    'write status',
  ]);
});

it('a poll that Okta makes wait is sent after the wait, by the parked message', async () => {
  await tick(world.deps, MINUTE);
  world.pass(2 * MINUTE);
  const [token = ''] = queued.flatMap((message) => ('watch' in message ? message.watch : []));
  await tick(world.deps, MINUTE);
  await watchTimers(world.deps, token, { failed: () => {}, expired: () => {} });
  queued = [];
  world.org.faults.push({
    times: 1,
    answer: () => ({ status: 500, headers: {}, body: '{"errorCode":"E0000009"}' }),
  });
  await poll('contoso');
  expect(results).toEqual({ contoso: 'done' });
  expect(queued).toEqual([{ watch: expect.any(String) }]);
  const { dueAtMs: watchAtMs = 0 } = (await world.deps.heartbeats.watch()) ?? {};
  expect(watchAtMs - ((await dueOf())?.dueAtMs ?? 0)).toBeLessThan(1000);
});

it('after an outage, a process holds the pages of 24 connectors at once', async () => {
  world.pass(60 * MINUTE);
  let [now, most] = [0, 0];
  const { transport } = world.deps;
  world.deps.transport = {
    send: async (request) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return await transport.send(request);
    },
  };
  const ids = Array.from({ length: 60 }, (_, n) => `behind-${n}`);
  for (const id of ids) {
    const connector = aConnector({ id, orgId: id, backfillDays: 0, connectedAtMs: nowMs() });
    await world.deps.connectors.claim(connector);
    await world.vault.set(connector.secretName, new Token(TOKEN));
    await provision(world.deps, connector);
  }
  await poll(...ids);
  expect(Object.values(results)).toEqual(ids.map(() => 'done'));
  expect(most).toBe(24);
});
