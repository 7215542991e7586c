/** Deletes rows by the hundred, a transaction for each partition's run of them. */
import type { Operation, Row, Table } from './table.ts';

const MAX_OPERATIONS = 100;

export interface Deleting {
  /** Which rows go; without it all of them. */
  wanted?(row: Row): boolean;
  /** Before a row goes: what must go before it. */
  before?(row: Row): Promise<void>;
  /** True when it is time to leave the rest to another run. */
  outOfTime(): boolean;
}

/** Returns how many were deleted, and whether all were looked at. Rows come partition by partition. */
export async function deleteRows(
  table: Table,
  rows: AsyncIterable<Row> | Iterable<Row>,
  { wanted = () => true, before, outOfTime }: Deleting,
): Promise<{ deleted: number; all: boolean }> {
  let deleted = 0;
  let partition = '';
  let batch: Operation[] = [];
  const flush = async () => {
    if (batch.length > 0) deleted += await deleteBatch(table, partition, batch);
    batch = [];
  };
  for await (const row of rows) {
    if (outOfTime()) {
      await flush();
      return { deleted, all: false };
    }
    if (!wanted(row)) continue;
    if (row.partition !== partition || batch.length === MAX_OPERATIONS) await flush();
    ({ partition } = row);
    await before?.(row);
    batch.push({ kind: 'delete', key: row.key });
  }
  await flush();
  return { deleted, all: true };
}

/** A row that somebody else has deleted fails the whole transaction: then one by one. */
async function deleteBatch(
  table: Table,
  partition: string,
  batch: readonly Operation[],
): Promise<number> {
  if ((await table.batch(partition, batch)).ok) return batch.length;
  let deleted = 0;
  for (const one of batch) if ((await table.batch(partition, [one])).ok) deleted++;
  return deleted;
}
