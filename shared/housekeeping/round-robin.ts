/**
 * Shares a time budget among items without stored state. Each item gets at most an equal share, and
 * the first item changes with every turn, so that a busy item cannot starve the others.
 */
import { type Clock, type OutOfTime, timeBudget } from '../clock.ts';

export interface Shares {
  clock: Pick<Clock, 'nowMs'>;
  /** Incremented with each run. */
  turn: number;
  budgetMs: number;
  shareMs: number;
  failed(item: string, error: unknown): void;
}

/**
 * `work` has to end soon after its `outOfTime` returns true. A failure does not stop the others.
 */
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
