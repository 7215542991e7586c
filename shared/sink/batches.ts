/** Cuts rows into what one transaction holds: at most 99 and their counter, below 4 MiB (pure). */
import { MAX_ROWS, type NewRow } from './create-once.ts';

/** Raw JSON text grows by its escaped quotes and the row's frame. */
const MAX_BATCH_CHARACTERS = 1_500_000;

/** Rows of one partition, sorted by key. */
export function batchesOf(rows: readonly NewRow[]): NewRow[][] {
  const batches: NewRow[][] = [];
  let characters = 0;
  for (const row of rows.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const size = sizeOf(row);
    const last = batches.at(-1);
    if (last && last.length < MAX_ROWS && characters + size <= MAX_BATCH_CHARACTERS) {
      last.push(row);
      characters += size;
    } else {
      batches.push([row]);
      characters = size;
    }
  }
  return batches;
}

function sizeOf({ cells }: NewRow): number {
  let size = 500;
  for (const cell of Object.values(cells)) {
    if (typeof cell === 'string') size += cell.length;
    else if (cell instanceof Uint8Array) size += cell.length * 1.4;
  }
  return size;
}
