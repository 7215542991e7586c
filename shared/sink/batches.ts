/** Cuts rows into what one transaction holds: at most 99 and their counter, below 4 MiB (pure). */
import { MAX_ROWS, type NewRow } from './counted-inserts.ts';

/** The service takes less than 4 MiB, with the frame of the transaction and the counter's row. */
const MAX_BATCH_BYTES = 4_100_000;
/** A character of text is at most this long in a body: `\u0001`. */
const MAX_BYTES_PER_CHARACTER = 6;
/** Texts up to here fit 99 at a time, whatever is in them: they need not be measured. */
const UNMEASURED_CHARACTERS = 6000;
/** What a row takes beside its cells. */
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

/** As it is sent, or more. */
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
