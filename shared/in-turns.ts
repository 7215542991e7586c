/**
 * Work on many items within a budget, so that each has its turn, in this run or in one of the next: a run
 * begins after the item at which the one before it ended.
 */
import type { OutOfTime } from './clock.ts';

export interface Turns {
  /** Where the run before ended; '' begins at the first item. */
  after: string;
  outOfTime: OutOfTime;
  /** A failure does not stop the others. */
  failed(item: string, error: unknown): void;
}

/** So many at once: one slow item holds up no other, and most of the time is spent on waiting. */
const AT_ONCE = 8;

/** Items are in order of their ids. Returns where the next run is to begin after. */
export async function inTurns<T extends { id: string }>(
  items: readonly T[],
  { after, outOfTime, failed }: Turns,
  work: (item: T) => Promise<void>,
): Promise<string> {
  const first = items.findIndex(({ id }) => id > after);
  const queue = [...items.slice(Math.max(first, 0)), ...items.slice(0, Math.max(first, 0))];
  let begun = 0;
  const worker = async () => {
    while (begun < queue.length && !outOfTime()) {
      const item = queue[begun++] as T;
      await work(item).catch((error: unknown) => failed(item.id, error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (begun === queue.length) return '';
  return queue[begun - 1]?.id ?? after;
}
