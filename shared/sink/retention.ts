/**
 * Retention: deletes events past their time, in bounded steps. The day counters stay: how many events
 * were ever stored does not become less (api.md §4).
 */
import type { Clock } from '../clock.ts';
import type { Operation } from '../storage/table.ts';
import type { CountReader } from './counts.ts';
import { COUNTER_PREFIX, dayOf, dayPartition } from './event-row.ts';
import type { SinkStores } from './events-table.ts';

const MAX_OPERATIONS = 100;

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
    let batch: Operation[] = [];
    const flush = async () => {
      if (batch.length > 0) await stores.events.batch(partition, batch);
      deleted += batch.length;
      batch = [];
    };
    for await (const { key, cells, storedAtMs } of stores.events.list(partition, range)) {
      if (clock.nowMs() >= stopAtMs) break;
      if (storedAtMs >= keepFromMs) continue;
      // The blob first: a row that is left behind is found again, a blob without one never.
      if (typeof cells.rawBlob === 'string') await stores.blobs.remove(cells.rawBlob);
      batch.push({ kind: 'delete', key });
      if (batch.length === MAX_OPERATIONS) await flush();
    }
    await flush();
    if (clock.nowMs() >= stopAtMs) break;
  }
  return deleted;
}
