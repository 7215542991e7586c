/** Who is polled, and when: the timer's fan-out, and a run that goes on. */
import type { Deps } from '../deps.ts';
import { pollConnector } from './live.ts';
import type { PollResult } from './live-outcome.ts';

/** A message lives for an hour: no delay comes near that. */
const LONGEST_LOOK_AHEAD_MS = 50 * 60_000;

/**
 * Queues a poll of each connector that is due. A tick looks ahead: a connector that falls due before
 * the next tick gets its message now, to show up when it is due.
 */
export async function sendDue(
  { status, storageClock, pollQueue }: Pick<Deps, 'status' | 'storageClock' | 'pollQueue'>,
  nextTickInMs: number,
): Promise<void> {
  const lookAheadMs = Math.min(nextTickInMs, LONGEST_LOOK_AHEAD_MS);
  for await (const { connectorId, dueAtMs } of status.due()) {
    // The storage tells its time with its first reply: the clock is read after it.
    const nowMs = storageClock.nowMs();
    if (dueAtMs >= nowMs + lookAheadMs) continue;
    await pollQueue.send({ connectorId }, Math.max(0, Math.ceil((dueAtMs - nowMs) / 1000)));
  }
}

/** One run of a connector; a run that is not at its end queues the next one. */
export async function pollAndRequeue(deps: Deps, connectorId: string): Promise<PollResult> {
  const result = await pollConnector(deps, connectorId);
  if (result.kind === 'again') await deps.pollQueue.send({ connectorId }, result.delaySeconds);
  return result;
}
