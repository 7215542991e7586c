/** A row with invalid content: damaged, or edited by hand. */
import type * as z from 'zod';
import type { Row } from './table.ts';

/**
 * The row is shown and left unchanged, and never stops the work on other rows (docs/architecture.md,
 * "Rows of other versions").
 */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
  readonly table: string;
  readonly key: string;

  constructor(table: string, key: string, options?: ErrorOptions) {
    super(`the row ${key} of table ${table} cannot be read`, options);
    this.table = table;
    this.key = key;
  }
}

/** Reports each row that is left out. */
export type LeftOut = (row: UnreadableRow) => void;

/** The row's cells by its schema. Throws `UnreadableRow`. */
export function readRow<T extends z.ZodType>(schema: T, table: string, row: Row): z.output<T> {
  const { success, data, error } = schema.safeParse(row.cells);
  if (success) return data;
  throw new UnreadableRow(table, row.key, { cause: error });
}

/** Converts each row with `read`. Unreadable rows are left out and reported. */
export async function* readable<T>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  read: (row: Row) => T,
  leftOut: LeftOut,
): AsyncGenerator<T> {
  for await (const row of rows) {
    let value: T;
    try {
      value = read(row);
    } catch (error) {
      if (!(error instanceof UnreadableRow)) throw error;
      leftOut(error);
      continue;
    }
    yield value;
  }
}
