/** Queues polls: for all due connectors at each tick, and for one connector after each run. */
import type { Deps } from '../deps.ts';
import { inChunks } from '../in-chunks.ts';
import type { Due } from '../storage/status-facts.ts';
import { pollConnector } from './live.ts';
import type { PollResult } from './live-outcome.ts';
import { ensureWatch } from './watch-message.ts';

/** A message lives for an hour, much longer than any delay. */
const LONGEST_LOOK_AHEAD_MS = 50 * 60_000;

/** A connector that is overdue for longer than this has missed its poll, unless it may not poll. */
const OVERDUE_MS = 5 * 60_000;

/** Sent in sequence, the messages of thousands of connectors would take longer than a tick. */
const SENDS_AT_ONCE = 16;

const isRejected = (one: PromiseSettledResult<unknown>): one is PromiseRejectedResult =>
  one.status === 'rejected';

type SendingDeps = Pick<
  Deps,
  'status' | 'storageClock' | 'pollQueue' | 'connectors' | 'heartbeats' | 'chance'
>;

interface Queued {
  /** The number of connectors that were due. */
  sent: number;
  /** The longest delay of a due connector. */
  oldestOverdueMs: number;
}

/** Runs one tick of the poll timer: queues polls and writes the heartbeat. */
export async function sendDue(deps: SendingDeps, nextTickInMs: number): Promise<Queued> {
  const { heartbeats, storageClock } = deps;
  const queued = await queueDue(deps, nextTickInMs);
  const { oldestOverdueMs } = queued;
  await heartbeats.ticked({ atMs: storageClock.nowMs(), nextInMs: nextTickInMs, oldestOverdueMs });
  await ensureWatch(deps);
  return queued;
}

/**
 * Queues a poll of each connector that is due. The message of a connector that
 * becomes due before the next tick is sent now and becomes visible when it is due.
 */
export async function queueDue(
  deps: Omit<SendingDeps, 'heartbeats' | 'chance'>,
  nextTickInMs: number,
): Promise<Queued> {
  const { status, storageClock, pollQueue } = deps;
  const lookAheadMs = Math.min(nextTickInMs, LONGEST_LOOK_AHEAD_MS);
  let oldestOverdueMs = 0;
  let sent = 0;
  const sendIfDue = async ({ connectorId, dueAtMs }: Due) => {
    // The storage clock is known after the first reply of the storage.
    const nowMs = storageClock.nowMs();
    if (dueAtMs >= nowMs + lookAheadMs) return;
    const overdueMs = nowMs - dueAtMs;
    await pollQueue.send({ connectorId }, Math.max(0, Math.ceil(-overdueMs / 1000)));
    sent++;
    if (overdueMs > Math.max(OVERDUE_MS, oldestOverdueMs) && (await mayPoll(deps, connectorId)))
      oldestOverdueMs = Math.max(overdueMs, oldestOverdueMs);
  };
  for await (const some of inChunks(status.due(), SENDS_AT_ONCE)) {
    const failures = (await Promise.allSettled(some.map(sendIfDue))).filter(isRejected);
    if (failures[0]) throw failures[0].reason;
  }
  return { sent, oldestOverdueMs };
}

/** A connector with an unreadable row does not stop the polls of the others. */
async function mayPoll({ connectors }: Pick<Deps, 'connectors'>, id: string): Promise<boolean> {
  const stored = await connectors.get(id).catch(() => undefined);
  return stored?.connector.state === 'active' && stored.connector.enabled;
}

/** Runs one poll of a connector, and queues the next poll when the run did not reach the end. */
export async function pollAndRequeue(deps: Deps, connectorId: string): Promise<PollResult> {
  const result = await pollConnector(deps, connectorId);
  if (result.kind === 'again') await deps.pollQueue.send({ connectorId }, result.delaySeconds);
  return result;
}
