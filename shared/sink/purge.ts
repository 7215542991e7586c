/** Deletes everything that was ever stored under a generation: events, counters, dead letters, blobs. */
import type { OutOfTime } from '../clock.ts';
import { deleteRows } from '../storage/delete-rows.ts';
import { eventsPartition } from './event-row.ts';
import type { SinkStores } from './stores.ts';

/** True when nothing is left; false when it was time to leave the rest to another run. */
export async function purgeGeneration(
  { events, deadLetters, blobs }: SinkStores,
  connectorId: string,
  generation: string,
  outOfTime: OutOfTime,
): Promise<boolean> {
  const first = eventsPartition(connectorId, generation);
  // Generations are of one length: no other one's partitions sort in between.
  const end = `${first}~`;
  for (const table of [events, deadLetters]) {
    const rows = table.listPartitions(first, end, []);
    if (!(await deleteRows(table, rows, { outOfTime })).all) return false;
  }
  return await blobs.removeUnder(`${first}/`, outOfTime);
}
