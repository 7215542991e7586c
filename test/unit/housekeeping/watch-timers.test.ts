/**
 * The parked message that replaces the timers while they do not run (docs/azure.md, "Timers that
 * stop").
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { watchTimers } from '../../../shared/housekeeping/watch-timers.ts';
import { pollAll } from '../../../shared/ingest/poll-all.ts';
import { tick } from '../../../shared/ingest/send-due.ts';
import { ensureWatch } from '../../../shared/ingest/watch-message.ts';
import { Heartbeats } from '../../../shared/storage/heartbeats.ts';
import type { PollMessage } from '../../../shared/storage/queue.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

const MINUTE = 60_000;
const log = { failed: () => {}, expired: () => {} };
const pollLog = { ended: () => {}, failed: () => {} };

let world: World;
/** The messages of the poll queue. */
let parked: { message: PollMessage; atMs: number }[];

beforeEach(async () => {
  parked = [];
  world = createWorld({ events: 0, trickleEventsPerMinute: 1 });
  world.deps.pollQueue = {
    send: async (message, delaySeconds = 0) =>
      void parked.push({ message, atMs: nowMs() + delaySeconds * 1000 }),
  };
  await world.connect({ backfillDays: 0 });
  await settle(world);
  parked = [];
  await tick(world.deps, MINUTE);
});

const nowMs = () => world.deps.storageClock.nowMs();
const watches = () => parked.flatMap(({ message }) => ('watch' in message ? [message.watch] : []));

/** The host processes each message when it is due, and runs no timer. */
async function run(ms: number, work = (token: string) => watchTimers(world.deps, token, log)) {
  const endMs = nowMs() + ms;
  for (;;) {
    const [next] = parked.toSorted((a, b) => a.atMs - b.atMs);
    if (!next || next.atMs > endMs) break;
    parked.splice(parked.indexOf(next), 1);
    world.pass(Math.max(0, next.atMs - nowMs()));
    const { message } = next;
    if ('watch' in message) await work(message.watch);
    else await pollAll(world.deps, message.connectorIds, pollLog);
  }
  world.pass(Math.max(0, endMs - nowMs()));
}

const sincePollMs = async () => nowMs() - ((await world.facts()).lastSuccessAtMs ?? 0);

describe('when the timers stop permanently', () => {
  it('live polling continues at its interval, and housekeeping continues', async () => {
    const requests = world.requests();
    await run(2 * 60 * MINUTE);
    expect(await sincePollMs()).toBeLessThan(3 * MINUTE);
    expect(world.requests() - requests).toBeGreaterThan(100);
    const { atMs } = await world.deps.heartbeats.lastHousekeeping();
    expect(nowMs() - atMs).toBeLessThan(7 * MINUTE);
  });

  it('the recorded last tick of the timer does not change', async () => {
    await run(60 * MINUTE);
    const { atMs, oldestOverdueMs } = await world.deps.heartbeats.lastTick(world.deps.storageClock);
    expect(nowMs() - atMs).toBeGreaterThan(59 * MINUTE);
    expect(oldestOverdueMs).toBe(0);
  });

  it('no connector is polled without the message', async () => {
    await run(2 * 60 * MINUTE, async () => 'dropped');
    expect(await sincePollMs()).toBeGreaterThan(118 * MINUTE);
  });
});

it('while the timer ticks, the message does nothing', async () => {
  const found: string[] = [];
  for (let minute = 0; minute < 30; minute++) {
    await run(MINUTE, async (token) => {
      const watched = await watchTimers(world.deps, token, log);
      found.push(watched);
      return watched;
    });
    await tick(world.deps, MINUTE);
  }
  expect(new Set(found)).toEqual(new Set(['well']));
  expect(found.length).toBeLessThan(10);
});

it('one message is parked, for any number of starting processes and deliveries', async () => {
  await Promise.all(Array.from({ length: 5 }, () => ensureWatch(world.deps)));
  expect(watches()).toHaveLength(1);
  parked.push(...parked, ...parked);
  await run(30 * MINUTE);
  expect(watches()).toHaveLength(1);
});

it('concurrent processes leave one parked message', async () => {
  parked = [];
  world.deps.heartbeats = new Heartbeats(new MemoryTable());
  await Promise.all(Array.from({ length: 5 }, () => ensureWatch(world.deps)));
  await run(30 * MINUTE);
  expect(watches()).toHaveLength(1);
});

it('a lost message is sent again when the next process starts', async () => {
  parked = [];
  world.pass(10 * MINUTE);
  await ensureWatch(world.deps);
  await run(10 * MINUTE);
  expect(await sincePollMs()).toBeLessThan(3 * MINUTE);
});

it('the message survives a long outage of storage', async () => {
  const [token = ''] = watches();
  parked = [];
  world.disturb((name) => (name === 'status' ? 'fail-before' : 'none'));
  expect(await watchTimers(world.deps, token, log)).toBe('failed');
  expect(watches()).toContain(token);
  await run(20 * MINUTE);
  world.disturb(() => 'none');
  await run(10 * MINUTE);
  expect(await sincePollMs()).toBeLessThan(3 * MINUTE);
});
