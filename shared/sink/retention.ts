/**
 * Retention: deletes events past their time, in bounded steps. The day counters stay: how many events
 * were ever stored does not become less (api.md §4).
 */
import type { Clock } from '../clock.ts';
import { deleteRows } from '../storage/delete-rows.ts';
import type { Row } from '../storage/table.ts';
import type { CountReader } from './counts.ts';
import { COUNTER_PREFIX, dayOf, dayPartition } from './event-row.ts';
import type { SinkStores } from './events-table.ts';

export interface RetentionParts {
  stores: SinkStores;
  counts: CountReader;
  clock: Clock;
}

/**
 * Deletes what was published on days before `keepFromMs` and stored before it as well, until
 * `stopAtMs`. Returns how many events.
 */
export async function deleteExpired(
  { stores, counts, clock }: RetentionParts,
  connectorId: string,
  generation: string,
  keepFromMs: number,
  stopAtMs: number,
): Promise<number> {
  const keepFrom = dayOf(keepFromMs);
  const days = await counts.days(connectorId, generation);
  let deleted = 0;
  for (const day of days.filter((one) => one < keepFrom)) {
    const partition = dayPartition(connectorId, generation, day);
    const range = { to: COUNTER_PREFIX, select: ['rawBlob'] };
    const expired = storedBefore(stores.events.list(partition, range), keepFromMs);
    const result = await deleteRows(stores.events, expired, {
      // The blob first: a row that is left behind is found again, a blob without one never.
      before: async ({ cells }) => {
        if (typeof cells.rawBlob === 'string') await stores.blobs.remove(cells.rawBlob);
      },
      isOver: () => clock.nowMs() >= stopAtMs,
    });
    deleted += result.deleted;
    if (!result.all) break;
  }
  return deleted;
}

async function* storedBefore(rows: AsyncIterable<Row>, ms: number): AsyncGenerator<Row> {
  for await (const row of rows) if (row.storedAtMs < ms) yield row;
}
