/**
 * Finds the rows that storage refuses permanently, by halving refused batches (docs/azure.md, "Refused
 * rows").
 */
import { BatchRefused } from '../storage/batch-refused.ts';

/** Calls `write` with all rows, or with parts of them; returns those that storage refuses even alone. */
export async function writeHalving<T>(
  rows: readonly T[],
  write: (rows: readonly T[]) => Promise<void>,
): Promise<T[]> {
  try {
    await write(rows);
    return [];
  } catch (error) {
    if (!(error instanceof BatchRefused)) throw error;
    if (rows.length === 1) return [...rows];
    const middle = Math.ceil(rows.length / 2);
    const first = await writeHalving(rows.slice(0, middle), write);
    return [...first, ...(await writeHalving(rows.slice(middle), write))];
  }
}
