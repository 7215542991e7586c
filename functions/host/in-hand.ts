/**
 * The active runs of this process. When the process stops, they stop after their current page and
 * release their leases.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { endTimeBudgets } from '../../shared/clock.ts';

/** The host ends the worker after five seconds (docs/azure.md, "After a death of the host"). */
const GRACE_MS = 4_500;

const inHand = new Set<Promise<unknown>>();

/** Counts a run as active until it ends. */
export async function runInHand<T>(run: Promise<T>): Promise<T> {
  const counted = run.finally(() => inHand.delete(counted));
  inHand.add(counted);
  return await counted;
}

/**
 * Asks the active runs to stop early. Resolves when they have stopped, or when the time limit has
 * expired.
 */
export async function stopRuns(): Promise<void> {
  endTimeBudgets();
  await Promise.race([Promise.allSettled(inHand), delay(GRACE_MS)]);
}
