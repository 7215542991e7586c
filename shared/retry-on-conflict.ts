/** The loop of every compare-and-swap: read, decide, write under the ETag; once more when it was lost. */

/** A step's write met a row that was changed since the step read it. */
export type Conflict = 'conflict';

/**
 * Runs `step` until its write is not in conflict, at most so many times. The caller decides what
 * follows from a conflict that stays.
 */
export async function retryOnConflict<T>(
  attempts: number,
  step: () => Promise<T | Conflict>,
): Promise<T | Conflict> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const result = await step();
    if (result !== 'conflict') return result;
  }
  return 'conflict';
}
