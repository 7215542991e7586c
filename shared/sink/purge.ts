/** Deletes all data of a generation: events, counters, dead letters, blobs. */
import type { OutOfTime } from '../clock.ts';
import { deleteRows } from '../storage/delete-rows.ts';
import { eventsPartition } from './event-row.ts';
import type { SinkStores } from './stores.ts';

/** True when nothing is left; false when it ran out of time. */
export async function purgeGeneration(
  { events, deadLetters, blobs }: SinkStores,
  connectorId: string,
  generation: string,
  outOfTime: OutOfTime,
): Promise<boolean> {
  const first = eventsPartition(connectorId, generation);
  // Generations have a fixed length: no partition of another generation sorts in between.
  const end = `${first}~`;
  for (const table of [events, deadLetters]) {
    const rows = table.listPartitions(first, end, []);
    if (!(await deleteRows(table, rows, { outOfTime })).all) return false;
  }
  return await blobs.removeUnder(`${first}/`, outOfTime);
}
