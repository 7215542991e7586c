/**
 * Work on many items within a budget, so that each has its turn, in this run or in one of the next: a run
 * begins after the item at which the one before it ended.
 */
import type { OutOfTime } from './clock.ts';

export interface Turns {
  /** Where the run before ended; '' begins at the first item. */
  after: string;
  outOfTime: OutOfTime;
  /** The largest number of items of a run. */
  most?: number;
  /** A failure does not stop the others. */
  failed(item: string, error: unknown): void;
}

/** So many at once: one slow item holds up no other, and most of the time is spent on waiting. */
const AT_ONCE = 8;

/** Items are in order of their ids. Returns where the next run is to begin after; '' after all items. */
export async function inTurns<T extends { id: string }>(
  items: readonly T[],
  { after, outOfTime, most = items.length, failed }: Turns,
  work: (item: T) => Promise<void>,
): Promise<string> {
  const first = Math.max(
    items.findIndex(({ id }) => id > after),
    0,
  );
  const queue = [...items.slice(first), ...items.slice(0, first)].slice(0, most);
  let begun = 0;
  const worker = async () => {
    while (begun < queue.length && !outOfTime()) {
      const item = queue[begun++] as T;
      await work(item).catch((error: unknown) => failed(item.id, error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (begun === items.length) return '';
  return queue[begun - 1]?.id ?? after;
}
