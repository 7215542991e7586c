/** Sends the polls that are due, several connectors in one message, at each tick. */
import type { Deps } from '../deps.ts';
import { inChunks } from '../in-chunks.ts';
import type { Due } from '../storage/due-index.ts';
import { MINUTE_MS } from '../time.ts';
import { DUE_TOLERANCE_MS } from './live.ts';
import { mayPoll } from './may-poll.ts';
import { ensureWatch } from './watch-message.ts';

/** Further ahead, the next tick decides. */
const LONGEST_LOOK_AHEAD_MS = 5 * 60_000;
/** A connector that is overdue for longer than this has missed its poll, unless it may not poll. */
const OVERDUE_MS = 5 * 60_000;
/** A message that was sent this long ago without a result counts as lost. */
const LOST_AFTER_MS = 90_000;

/** Connectors that may not poll leave the index with their next message: few stand before the others. */
const MOST_ASKED = 20;

/** The connectors of one message are polled side by side. */
const CONNECTORS_PER_MESSAGE = 16;
const SENDS_AT_ONCE = 32;

/** Thousands of polls at the same moment would exceed the limits of the storage: the others wait. */
const CONNECTORS_PER_TURN = 1_000;
const TURNS_PER_MINUTE = 6;
const TURN_MS = 10_000;

type SendingDeps = Pick<Deps, 'due' | 'storageClock' | 'pollQueue' | 'connectors'>;

interface Sent {
  /** The number of connectors. */
  sent: number;
  /** The longest delay of a due connector. */
  oldestOverdueMs: number;
  /** When the next connector is to be sent, unless this can be left to the next tick of the timer. */
  nextAtMs: number | undefined;
}

/** Runs one tick of the poll timer: sends the polls that are due and writes the heartbeat. */
export async function tick(
  deps: SendingDeps & Pick<Deps, 'heartbeats' | 'chance' | 'statusUpgrade'>,
  nextTickInMs: number,
): Promise<Sent> {
  const { heartbeats, storageClock, statusUpgrade } = deps;
  // The first reply of the storage also sets its clock.
  await statusUpgrade.finish();
  const result = await sendDue(deps, nextTickInMs);
  const { oldestOverdueMs, nextAtMs } = result;
  await heartbeats.ticked({ atMs: storageClock.nowMs(), nextInMs: nextTickInMs, oldestOverdueMs });
  await ensureWatch(deps, nextAtMs);
  return result;
}

/** Whether the timer sends this poll: it ticks on the full minute. */
export const isForTimer = ({ dueAtMs }: Pick<Due, 'dueAtMs'>): boolean => dueAtMs % MINUTE_MS === 0;

/**
 * Sends a poll of each connector that is due. `lookAheadMs` is the time to the next tick: what becomes
 * due before it is reported, and sent by the parked message (watch-message.ts).
 */
export async function sendDue(deps: SendingDeps, lookAheadMs: number): Promise<Sent> {
  const { due, storageClock } = deps;
  const nowMs = storageClock.nowMs();
  const untilMs = nowMs + Math.min(lookAheadMs, LONGEST_LOOK_AHEAD_MS) + DUE_TOLERANCE_MS;
  const waiting = await Array.fromAsync(due.before(untilMs));
  const open = waiting
    .filter(({ sentAtMs }) => sentAtMs === undefined || nowMs - sentAtMs > LOST_AFTER_MS)
    .toSorted((a, b) => a.dueAtMs - b.dueAtMs);
  const ready = open.filter(({ dueAtMs }) => dueAtMs <= nowMs + DUE_TOLERANCE_MS);
  const later = open.slice(ready.length);
  const turn = Math.max(CONNECTORS_PER_TURN, Math.ceil(ready.length / TURNS_PER_MINUTE));
  const claimed = await due.claim(ready.slice(0, turn), nowMs);
  await send(deps, claimed);
  return {
    sent: claimed.length,
    oldestOverdueMs: await oldestOverdueMs(deps, ready, nowMs),
    nextAtMs:
      ready.length > turn ? nowMs + TURN_MS : later.find((row) => !isForTimer(row))?.dueAtMs,
  };
}

/** An instance processes few messages at once: slow orgs share messages, so that others need not wait. */
async function* messagesOf(rows: readonly Due[]): AsyncGenerator<string[]> {
  for (const slow of [false, true]) {
    const alike = rows.filter(({ isSlow = false }) => isSlow === slow);
    const connectorIds = alike.map(({ connectorId }) => connectorId);
    yield* inChunks(connectorIds, CONNECTORS_PER_MESSAGE);
  }
}

async function send({ pollQueue }: SendingDeps, rows: readonly Due[]): Promise<void> {
  for await (const some of inChunks(messagesOf(rows), SENDS_AT_ONCE)) {
    const sends = some.map((connectorIds) => pollQueue.send({ connectorIds }));
    const failure = (await Promise.allSettled(sends)).find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
  }
}

/** A connector with an unreadable row does not stop the polls of the others. */
async function oldestOverdueMs(
  { connectors }: SendingDeps,
  oldestFirst: readonly Due[],
  nowMs: number,
): Promise<number> {
  for (const { connectorId, dueAtMs } of oldestFirst.slice(0, MOST_ASKED)) {
    if (nowMs - dueAtMs <= OVERDUE_MS) break;
    const stored = await connectors.get(connectorId).catch(() => undefined);
    if (stored && mayPoll(stored.connector)) return nowMs - dueAtMs;
  }
  return 0;
}
