/** Splits rows into transactions: at most 99 rows and their counter, below 4 MiB (pure). */
import { MAX_ROWS, type NewRow } from './counted-inserts.ts';

/**
 * The service accepts less than 4 MiB, including the frame of the transaction and the counter's
 * row.
 */
const MAX_BATCH_BYTES = 4_100_000;
/** The longest encoding of a character in a body: `\u0001`. */
const MAX_BYTES_PER_CHARACTER = 6;
/** 99 texts up to this length always fit, so they need not be measured. */
const UNMEASURED_CHARACTERS = 6000;
/** The size of a row without its cells. */
const FRAME_BYTES = 1500;

/** Rows of one partition, sorted by key. */
export function batchesOf(rows: readonly NewRow[]): NewRow[][] {
  const batches: NewRow[][] = [];
  let bytes = 0;
  for (const row of rows.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const size = sizeOf(row);
    const last = batches.at(-1);
    if (last && last.length < MAX_ROWS && bytes + size <= MAX_BATCH_BYTES) {
      last.push(row);
      bytes += size;
    } else {
      batches.push([row]);
      bytes = size;
    }
  }
  return batches;
}

/** An upper bound of the encoded size. */
function sizeOf({ key, cells }: NewRow): number {
  let size = FRAME_BYTES + 2 * textBytes(key);
  for (const cell of Object.values(cells)) {
    if (typeof cell === 'string') size += textBytes(cell);
    else if (cell instanceof Uint8Array) size += Math.ceil(cell.length / 3) * 4;
  }
  return size;
}

const textBytes = (text: string): number =>
  text.length <= UNMEASURED_CHARACTERS
    ? text.length * MAX_BYTES_PER_CHARACTER
    : Buffer.byteLength(JSON.stringify(text));
