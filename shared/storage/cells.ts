/**
 * Converts records to table cells and back. Integers are written as Int64 (Azure refuses a plain
 * number over 2^31, Azurite accepts it), lists and objects as JSON text; absent fields are omitted.
 * A zod schema reads them: `number` and `json` reverse the two conversions.
 */
import * as z from 'zod';
import type { ErrorCode, Problem } from '../errors.ts';
import type { Cell, Cells } from './table.ts';

export function toCells(record: object): Cells {
  const cells: Cells = {};
  for (const [name, value] of Object.entries(record)) {
    const cell = toCell(value);
    if (cell !== undefined) cells[name] = cell;
  }
  return cells;
}

function toCell(value: unknown): Cell | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint')
    return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (value instanceof Uint8Array) return value;
  return JSON.stringify(value);
}

/** A number cell: Int32, Int64 or Double. */
export const number = z.union([z.bigint(), z.number()]).transform(Number);

/** A cell that holds JSON text of the given shape. */
export const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(schema);

/**
 * A stored error code. A code that is no longer in the catalogue must not make the row unreadable.
 */
export const errorCode = z.string() as unknown as z.ZodType<ErrorCode>;

/** A stored problem. */
export const problem = z.looseObject({}) as unknown as z.ZodType<Problem>;
