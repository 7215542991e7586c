/** The runs that this process has in hand: at its end they stop after their page, and give their leases back. */
import { setTimeout as delay } from 'node:timers/promises';
import { endTimeBudgets } from '../../shared/clock.ts';

/** The host ends the worker after five seconds (docs/azure.md, "After a death of the host"). */
const GRACE_MS = 4_500;

const inHand = new Set<Promise<unknown>>();

/** Counts a run as one in hand until it ends. */
export async function runInHand<T>(run: Promise<T>): Promise<T> {
  const counted = run.finally(() => inHand.delete(counted));
  inHand.add(counted);
  return await counted;
}

/** Lets the runs in hand stop early; resolves when they have, or when the time is over. */
export async function stopRuns(): Promise<void> {
  endTimeBudgets();
  await Promise.race([Promise.allSettled(inHand), delay(GRACE_MS)]);
}
