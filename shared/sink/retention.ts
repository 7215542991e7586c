/**
 * Retention: deletes expired events in bounded steps. The day counters stay: the number of events
 * that were ever stored never decreases (docs/contract.md, "Numbers").
 *
 * A day is deleted as a whole, once the last event that was added to it has expired too. Two cells
 * of the day's row in the index save reads of a day with nothing to delete: `lastStoredAtMs`, an
 * upper bound of the time of the last addition, and `emptied`, until a writer announces the day
 * again (events-writer.ts).
 */
import * as z from 'zod';
import type { OutOfTime } from '../clock.ts';
import { number, toCells } from '../storage/cells.ts';
import { deleteRows } from '../storage/delete-rows.ts';
import type { Row, StorageClock } from '../storage/table.ts';
import { HOUR_MS } from '../time.ts';
import { COUNTER_PREFIX, dayOf, dayPartition, eventsPartition } from './event-row.ts';
import type { SinkStores } from './stores.ts';

export interface RetentionDeps {
  stores: SinkStores;
  storageClock: StorageClock;
}

/**
 * A writer that has announced a day writes to it within the longest time that a function may run.
 */
const WRITTEN_AFTER_MS = HOUR_MS;

const indexCells = z.object({
  lastStoredAtMs: number.default(0).catch(0),
  emptied: z.boolean().default(false).catch(false),
});

/**
 * Deletes the days before `keepFromMs` without an addition since then, until `outOfTime`. Returns
 * the number of deleted events.
 */
export async function deleteExpired(
  deps: RetentionDeps,
  connectorId: string,
  generation: string,
  keepFromMs: number,
  outOfTime: OutOfTime,
): Promise<number> {
  const { events } = deps.stores;
  const index = events.list(eventsPartition(connectorId, generation), { to: dayOf(keepFromMs) });
  let deleted = 0;
  for await (const day of index) {
    if (outOfTime()) break;
    const { emptied, lastStoredAtMs } = indexCells.parse(day.cells);
    if (emptied || lastStoredAtMs >= keepFromMs) continue;
    const partition = dayPartition(connectorId, generation, day.key);
    deleted += await expireDay(deps, day, partition, keepFromMs, outOfTime);
  }
  return deleted;
}

async function expireDay(
  { stores, storageClock }: RetentionDeps,
  day: Row,
  partition: string,
  keepFromMs: number,
  outOfTime: OutOfTime,
): Promise<number> {
  const { events, blobs } = stores;
  // A writer has just announced the day: the next run checks it again.
  const note = async (learnt: z.input<typeof indexCells>) => {
    const { key, etag } = day;
    await events.batch(day.partition, [{ kind: 'replace', key, etag, cells: toCells(learnt) }]);
  };
  // Each counter moves in the same transaction as the rows that it counts.
  const lastStoredAtMs = await newest(events.list(partition, { from: COUNTER_PREFIX, select: [] }));
  if (lastStoredAtMs >= keepFromMs) {
    await note({ lastStoredAtMs });
    return 0;
  }
  const rows = events.list(partition, { to: COUNTER_PREFIX, select: ['rawBlob'] });
  const { deleted, all } = await deleteRows(events, rows, {
    wanted: ({ storedAtMs }) => storedAtMs < keepFromMs,
    // The blob first: a remaining row is found again, a blob without a row never.
    before: async ({ cells }) => {
      if (typeof cells.rawBlob === 'string') await blobs.remove(cells.rawBlob);
    },
    outOfTime,
  });
  if (all && storageClock.nowMs() - day.storedAtMs > WRITTEN_AFTER_MS)
    await note({ lastStoredAtMs, emptied: true });
  return deleted;
}

async function newest(rows: AsyncIterable<Row>): Promise<number> {
  let newestMs = 0;
  for await (const { storedAtMs } of rows) newestMs = Math.max(newestMs, storedAtMs);
  return newestMs;
}
