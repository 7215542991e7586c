/**
 * Retention: deletes expired events in bounded steps. The day counters stay: the number of events
 * that were ever stored never decreases (docs/contract.md, "Numbers").
 *
 * A day is deleted as a whole, after the last event that was added to it has expired. The index of days
 * saves reads of days without expired events, and of the counters of quiet days.
 */
import type { OutOfTime } from '../clock.ts';
import type { Blobs } from '../storage/blobs.ts';
import { type Deleting, deleteRows } from '../storage/delete-rows.ts';
import type { StorageClock } from '../storage/table.ts';
import { type DayFacts, factsOf, isQuiet, note, sumOfDay } from './day-index.ts';
import { COUNTER_PREFIX, dayOf, dayPartition, eventsPartition } from './event-row.ts';
import { RawText } from './raw-text.ts';
import type { SinkStores } from './stores.ts';

export interface RetentionDeps {
  stores: SinkStores;
  storageClock: StorageClock;
}

/**
 * Deletes the days before `keepFromMs` without an addition since then, and folds the counters of quiet
 * days into the index, until `outOfTime`. Returns the number of deleted events.
 */
export async function deleteExpired(
  deps: RetentionDeps,
  connectorId: string,
  generation: string,
  keepFromMs: number,
  outOfTime: OutOfTime,
): Promise<number> {
  const { stores, storageClock } = deps;
  let deleted = 0;
  for await (const day of stores.events.list(eventsPartition(connectorId, generation))) {
    if (outOfTime()) break;
    const { emptied, lastStoredAtMs, events } = factsOf(day);
    const isExpired = day.key < dayOf(keepFromMs) && lastStoredAtMs < keepFromMs && !emptied;
    const isToFold = events === undefined && isQuiet(day, storageClock);
    if (!isExpired && !isToFold) continue;
    const partition = dayPartition(connectorId, generation, day.key);
    const sum = await sumOfDay(stores.events, partition);
    const learnt: Partial<DayFacts> = isToFold ? sum : { lastStoredAtMs: sum.lastStoredAtMs };
    if (isExpired && sum.lastStoredAtMs < keepFromMs) {
      const expired = await expireDay(deps, partition, keepFromMs, outOfTime);
      deleted += expired.deleted;
      if (!expired.all) continue;
      if (isQuiet(day, storageClock)) learnt.emptied = true;
    }
    await note(stores.events, day, learnt);
  }
  return deleted;
}

async function expireDay(
  { stores: { events, blobs } }: RetentionDeps,
  partition: string,
  keepFromMs: number,
  outOfTime: OutOfTime,
): Promise<{ deleted: number; all: boolean }> {
  const rows = events.list(partition, { to: COUNTER_PREFIX, select: ['rawBlob'] });
  return await deleteRows(events, rows, storedBefore(keepFromMs, blobs, outOfTime));
}

/** Deletes the dead letters that were stored before `keepFromMs`; false when it ran out of time. */
export async function deleteExpiredLetters(
  { deadLetters, blobs }: SinkStores,
  connectorId: string,
  generation: string,
  keepFromMs: number,
  outOfTime: OutOfTime,
): Promise<boolean> {
  const partition = eventsPartition(connectorId, generation);
  const rows = deadLetters.list(partition, { to: COUNTER_PREFIX, select: ['rawBlob'] });
  return (await deleteRows(deadLetters, rows, storedBefore(keepFromMs, blobs, outOfTime))).all;
}

const storedBefore = (keepFromMs: number, blobs: Blobs, outOfTime: OutOfTime): Deleting => ({
  wanted: ({ storedAtMs }) => storedAtMs < keepFromMs,
  before: async ({ cells }) => await new RawText(blobs).removeBlob(cells),
  outOfTime,
});
