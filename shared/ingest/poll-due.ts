/** Who is polled, and when: the timer's fan-out, and a run that goes on. */
import type { Deps } from '../deps.ts';
import { inChunks } from '../in-chunks.ts';
import type { Due } from '../storage/status-facts.ts';
import { pollConnector } from './live.ts';
import type { PollResult } from './live-outcome.ts';
import { ensureWatch } from './watch-message.ts';

/** A message lives for an hour: no delay comes near that. */
const LONGEST_LOOK_AHEAD_MS = 50 * 60_000;

/** A connector that is overdue for longer was not polled though it was due, unless it may not poll. */
const OVERDUE_MS = 5 * 60_000;

/** One after the other, thousands of connectors would take longer than a tick. */
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
  /** How long the connector that had waited longest was overdue. */
  oldestOverdueMs: number;
}

/** One tick of the poll timer: polls are queued, and the heartbeat tells of it. */
export async function sendDue(deps: SendingDeps, nextTickInMs: number): Promise<Queued> {
  const { heartbeats, storageClock } = deps;
  const queued = await queueDue(deps, nextTickInMs);
  const { oldestOverdueMs } = queued;
  await heartbeats.ticked({ atMs: storageClock.nowMs(), nextInMs: nextTickInMs, oldestOverdueMs });
  await ensureWatch(deps);
  return queued;
}

/**
 * Queues a poll of each connector that is due. It looks ahead: a connector that falls due before
 * the next tick gets its message now, to show up when it is due.
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
    // The storage tells its time with its first reply: the clock is read after it.
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

/** A connector whose row cannot be read does not keep the others from being polled. */
async function mayPoll({ connectors }: Pick<Deps, 'connectors'>, id: string): Promise<boolean> {
  const stored = await connectors.get(id).catch(() => undefined);
  return stored?.connector.state === 'active' && stored.connector.enabled;
}

/** One run of a connector; a run that is not at its end queues the next one. */
export async function pollAndRequeue(deps: Deps, connectorId: string): Promise<PollResult> {
  const result = await pollConnector(deps, connectorId);
  if (result.kind === 'again') await deps.pollQueue.send({ connectorId }, result.delaySeconds);
  return result;
}
