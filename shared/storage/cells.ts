/**
 * Records to table cells and back. Integers are written as Int64 (Azure refuses a plain number over
 * 2^31 though Azurite takes it), lists and objects as JSON text, absent fields not at all. A zod
 * schema reads them back: `number` and `json` undo the two conversions.
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

/** An error's code as we wrote it: one that the catalogue has lost since is no reason to refuse the row. */
export const errorCode = z.string() as unknown as z.ZodType<ErrorCode>;

/** A problem as we wrote it. */
export const problem = z.looseObject({}) as unknown as z.ZodType<Problem>;
