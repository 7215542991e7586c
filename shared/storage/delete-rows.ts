/** Deletes rows in transactions of at most 100 rows of one partition. */
import type { Operation, Row, Table } from './table.ts';

const MAX_OPERATIONS = 100;

export interface Deleting {
  /** Selects the rows to delete; the default is all rows. */
  wanted?(row: Row): boolean;
  /** Called before a row is deleted, to delete dependent data first. */
  before?(row: Row): Promise<void>;
  /** True when the time budget is used up. */
  outOfTime(): boolean;
}

/**
 * Returns how many rows were deleted, and whether all rows were visited. Rows are in order of
 * partition.
 */
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

/**
 * A row that another writer has deleted fails the whole transaction: the rows are then deleted
 * singly.
 */
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
