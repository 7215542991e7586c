/** Checks that a table takes a transaction, as all that matters is written in transactions. */
import type { Table } from './table.ts';

const KEYS = ['check-1', 'check-2'];

/** Writes two rows without cells into a partition of its own. Throws when the service refuses. */
export async function checkWrites(table: Table, partition: string): Promise<void> {
  await table.batch(
    partition,
    KEYS.map((key) => ({ kind: 'put', key, cells: {} })),
  );
}
