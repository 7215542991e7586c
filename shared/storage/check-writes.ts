/** Checks that a table accepts transactions, which all important writes use. */
import type { Table } from './table.ts';

const KEYS = ['check-1', 'check-2'];

/** Writes two rows without cells into a separate partition. Throws when the service refuses. */
export async function checkWrites(table: Table, partition: string): Promise<void> {
  await table.batch(
    partition,
    KEYS.map((key) => ({ kind: 'put', key, cells: {} })),
  );
}
