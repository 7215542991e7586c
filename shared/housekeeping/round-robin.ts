/**
 * Shares a budget of time among many, without anything to remember: each gets a share at most, and
 * who comes first moves on with every turn, so that nobody starves behind those that always have work.
 */
import { type Clock, type OutOfTime, timeBudget } from '../clock.ts';

export interface Shares {
  clock: Pick<Clock, 'nowMs'>;
  /** Counts up from run to run. */
  turn: number;
  budgetMs: number;
  shareMs: number;
  failed(item: string, error: unknown): void;
}

/** `work` ends soon after its `outOfTime` says so. One that fails does not stop the others. */
export async function roundRobin<T extends { id: string }>(
  items: readonly T[],
  { clock, turn, budgetMs, shareMs, failed }: Shares,
  work: (item: T, outOfTime: OutOfTime) => Promise<void>,
): Promise<void> {
  const allOutOfTime = timeBudget(clock, budgetMs);
  const first = items.length === 0 ? 0 : turn % items.length;
  for (const item of [...items.slice(first), ...items.slice(0, first)]) {
    if (allOutOfTime()) return;
    const shareOutOfTime = timeBudget(clock, shareMs);
    try {
      await work(item, () => shareOutOfTime() || allOutOfTime());
    } catch (error) {
      failed(item.id, error);
    }
  }
}
