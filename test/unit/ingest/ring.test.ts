import { beforeEach, describe, expect, it } from 'vitest';
import { watchTimers } from '../../../shared/housekeeping/watch-timers.ts';
import { pollAll } from '../../../shared/ingest/poll-all.ts';
import { RING_SPACING_MS, ring, ringDueAtMs } from '../../../shared/ingest/ring.ts';
import type { Connector } from '../../../shared/storage/connectors.ts';
import type { PollMessage } from '../../../shared/storage/queue.ts';
import type { StatusFacts } from '../../../shared/storage/status-facts.ts';
import { connectorOf } from '../../support/backfills.ts';
import { HOUR, NOW } from '../../support/samples.ts';
import { createWorld, type World } from '../../support/world.ts';

describe('the time of the poll that answers a ring', () => {
  const failing = { problem: { code: 'OktaServerError' as const, message: '' }, atMs: NOW };
  it.each<[string, StatusFacts, number | undefined, number]>([
    ['now for a connector that waits for its interval', { dueAtMs: NOW + HOUR }, undefined, NOW],
    ['five seconds after the last poll', { lastAttemptAtMs: NOW - 2_000 }, undefined, NOW + 3_000],
    ['five seconds after the last ring', { ringPolledAtMs: NOW - 1_000 }, undefined, NOW + 4_000],
    ['the end of a wait that Okta requires', {}, NOW + 30_000, NOW + 30_000],
    ['the next retry', { liveError: failing, dueAtMs: NOW + 80_000 }, undefined, NOW + 80_000],
    ['now after a wait and a retry', { liveError: failing, dueAtMs: NOW - 1 }, NOW - 1, NOW],
    ['soon after a leap of the clock', { lastAttemptAtMs: NOW + HOUR }, undefined, NOW + 5_000],
  ])('is %s', (_what, facts, throttledUntilMs, dueAtMs) => {
    expect(ringDueAtMs({ facts, rate: { throttledUntilMs } }, NOW)).toBe(dueAtMs);
  });
});

const POLL: PollMessage = { connectorIds: ['contoso'] };
const NO_LOG = { failed: () => {}, expired: () => {} };

describe('a connector with an event hook', () => {
  let world: World;
  let connector: Connector;
  let messages: { atMs: number; message: PollMessage }[];
  let failures: unknown[];
  let polls: number[];

  const nowMs = () => world.org.nowMs();
  const rings = () => ring(world.deps, connector);
  const poll = async () => {
    const before = world.requests();
    const failed = (_id: string, error: unknown) => void failures.push(error);
    await pollAll(world.deps, ['contoso'], { ended: () => {}, failed });
    if (world.requests() > before) polls.push(nowMs());
  };
  /** Delivers the messages that become visible within this time. */
  const pass = async (ms: number) => {
    const untilMs = nowMs() + ms;
    for (;;) {
      const next = messages.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (!next || next.atMs > untilMs) break;
      messages.splice(messages.indexOf(next), 1);
      world.pass(Math.max(0, next.atMs - nowMs()));
      const { message } = next;
      if ('watch' in message) await watchTimers(world.deps, message.watch, NO_LOG);
      else await poll();
    }
    world.pass(Math.max(0, untilMs - nowMs()));
  };
  const happen = (uuid: string) => {
    const published = new Date(nowMs()).toISOString();
    world.org.append(JSON.stringify({ uuid, published }), nowMs());
  };
  const merges = () => {
    let count = 0;
    const { merge } = world.deps.status;
    world.deps.status.merge = async (...given) => {
      count++;
      await merge.apply(world.deps.status, given);
    };
    return () => count;
  };

  beforeEach(async () => {
    world = createWorld({ events: 0 });
    await world.connect({ backfillDays: 0, pollIntervalSeconds: 3600, hookRef: 'ref' });
    messages = [];
    failures = [];
    polls = [];
    world.deps.pollQueue = {
      send: async (message, delaySeconds = 0) =>
        void messages.push({ atMs: nowMs() + delaySeconds * 1000, message }),
    };
    connector = await connectorOf(world);
    await poll();
    polls = [];
    messages = [];
    world.pass(60_000);
  });

  it('is polled at once after a ring, and then by its interval', async () => {
    happen('new');
    await rings();
    await pass(1_000);
    expect(await world.held()).toEqual(world.truth());
    expect(polls).toHaveLength(1);
    expect(messages).toEqual([]);
    const { dueAtMs = 0, ringWaits } = await world.facts();
    expect(dueAtMs - nowMs()).toBeGreaterThan(3_500_000);
    expect(ringWaits).toBe(false);
  });

  it('is polled at most once in five seconds, however often it rings', async () => {
    for (let n = 0; n < 200; n++) {
      await rings();
      await pass(100);
    }
    await pass(10_000);
    expect(polls.length).toBeGreaterThanOrEqual(4);
    const gaps = polls.slice(1).map((atMs, at) => atMs - (polls[at] as number));
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(RING_SPACING_MS);
  });

  it('writes and sends once for the rings of the same moment', async () => {
    const written = merges();
    for (let n = 0; n < 50; n++) await rings();
    expect([written(), messages.length]).toEqual([1, 1]);
  });

  describe.each([
    ['that answers a ring', async () => await rings()],
    ['by its interval', async () => await world.deps.status.merge(connector, { dueAtMs: nowMs() })],
  ])('that rings during a poll %s', (_what, makeDue) => {
    it('is polled once more afterwards', async () => {
      const { send } = world.deps.transport;
      let isFirst = true;
      world.deps.transport.send = async (request) => {
        const reply = await send(request);
        if (isFirst) {
          isFirst = false;
          happen('later');
          for (let n = 0; n < 3; n++) await rings();
          // The message of the ring is dropped: the lease is held.
          await pass(100);
        }
        return reply;
      };
      await makeDue();
      await poll();
      expect(await world.held()).not.toEqual(world.truth());
      await pass(6_000);
      expect(await world.held()).toEqual(world.truth());
      await pass(60_000);
      expect(polls).toHaveLength(2);
    });
  });

  it('is not polled within five seconds by a message that comes early', async () => {
    await rings();
    await pass(1_000);
    await rings();
    messages.push({ atMs: nowMs() + 2_500, message: POLL });
    await pass(10_000);
    expect(polls).toHaveLength(2);
    const [first = 0, second = 0] = polls;
    expect(second - first).toBeGreaterThanOrEqual(RING_SPACING_MS);
  });

  it('is polled after a ring that comes while the result of its last poll is not scheduled yet', async () => {
    const { due } = world.deps;
    const put = due.put.bind(due);
    let isFirst = true;
    due.put = async (given) => {
      if (isFirst && given.length > 0) {
        isFirst = false;
        happen('later');
        await rings();
      }
      await put(given);
    };
    await world.deps.status.merge(connector, { dueAtMs: nowMs() });
    await poll();
    expect(await world.held()).not.toEqual(world.truth());
    await pass(RING_SPACING_MS + 2_000);
    expect(await world.held()).toEqual(world.truth());
    expect(polls).toHaveLength(2);
  });

  it('is polled by the repeated message of a poll that died after a ring had come', async () => {
    const { checkpoints, status } = world.deps;
    const [known, commit] = [status.known, checkpoints.commit];
    let ended = false;
    checkpoints.commit = async (...given) => {
      const isEnd = given[1].some((one) => 'cells' in one && 'lastSuccessAtMs' in one.cells);
      if (isEnd) {
        happen('later');
        await rings();
        ended = true;
      }
      return await commit.apply(checkpoints, given);
    };
    status.known = async (of) => {
      if (ended) throw new Error('killed');
      return await known.call(status, of);
    };
    await rings();
    messages = [];
    await poll();
    expect(failures).toEqual([new Error('killed')]);
    checkpoints.commit = commit;
    status.known = known;
    expect((await world.facts()).dueAtMs).toBeGreaterThan(nowMs() + HOUR / 2);
    messages = [{ atMs: nowMs() + 10_000, message: POLL }];
    await pass(11_000);
    expect(await world.held()).toEqual(world.truth());
  });

  it('is polled by the next ring when the poll for an earlier ring was lost', async () => {
    await rings();
    await world.deps.status.merge(connector, { dueAtMs: nowMs() + HOUR });
    messages = [];
    await pass(RING_SPACING_MS);
    await rings();
    await pass(1_000);
    expect(polls).toHaveLength(1);
  });

  it('is not polled before the end of a wait after a 429, and then once', async () => {
    const throttled = { untilMs: nowMs() + 45_000, concurrencyLimited: false };
    await world.deps.status.countThrottled(connector, throttled, nowMs());
    for (let n = 0; n < 8; n++) {
      await rings();
      await pass(5_000);
    }
    expect(polls).toEqual([]);
    await pass(10_000);
    expect(polls).toHaveLength(1);
  });

  it('is not polled before the next retry while polls fail', async () => {
    const problem = { code: 'OktaTokenInvalid' as const, message: '' };
    const dueAtMs = nowMs() + HOUR;
    const liveError = { problem, atMs: nowMs(), secretVersion: 'v1' };
    await world.deps.status.merge(connector, { liveError, dueAtMs });
    await rings();
    await pass(60_000);
    expect([polls, (await world.facts()).dueAtMs]).toEqual([[], dueAtMs]);
  });

  it('keeps only the time of the ring while it is disabled', async () => {
    connector = { ...connector, enabled: false };
    const written = merges();
    for (let n = 0; n < 10; n++) await rings();
    expect([written(), messages]).toEqual([1, []]);
    expect(await world.facts()).toMatchObject({ rangAtMs: nowMs() });
  });
});
