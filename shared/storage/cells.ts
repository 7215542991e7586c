/**
 * Converts records to table cells and back. Integers are written as Int64 (Azure refuses a plain
 * number over 2^31, Azurite accepts it), lists and objects as JSON text; absent fields are omitted.
 * A zod schema reads them: `number` and `json` reverse the two conversions.
 */
import * as z from 'zod';
import { ERROR_CODES, type ErrorCode, type Problem } from '../errors.ts';
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
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

/**
 * A stored word of a closed list. A word of a later version must not make the row unreadable
 * (docs/architecture.md, "Rows of other versions").
 */
export const word = <T extends string>(_words: readonly T[]) =>
  z.string() as unknown as z.ZodType<T>;

/** A stored error code. */
export const errorCode = word<ErrorCode>(ERROR_CODES);

/** A stored problem. */
export const problem = z.looseObject({ code: z.string() }) as unknown as z.ZodType<Problem>;

/**
 * A schema that keeps unknown cells, so that a replaced row keeps them too. Call it once for each
 * table: a schema is compiled when it first parses.
 */
export const keepingOthers = <T extends z.ZodObject>(schema: T): T =>
  schema.loose() as unknown as T;

/**
 * An unreadable fact counts as absent: the next run replaces it (docs/architecture.md, "Rows of other
 * versions").
 */
export const orAbsent = <T extends z.ZodType>(fact: T) => fact.optional().catch(undefined);
