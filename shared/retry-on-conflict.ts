/** The loop of every compare-and-swap: read, decide, write under the ETag; once more when it was lost. */
import { ProblemError } from './errors.ts';
import { KEPT_CHANGING } from './problems.ts';
import { type Result, refused } from './result.ts';

/** A step's write met a row that was changed since the step read it. */
export type Conflict = 'conflict';

/**
 * Runs `step` until its write is not in conflict, at most so many times. A step that has more to do
 * after its write answers `conflict` as well: it reads afresh in the next round. The caller decides
 * what follows from a conflict that stays.
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

/** What came of the loop, for a caller who can be told: `KEPT_CHANGING` for a conflict that stays. */
export const orKeptChanging = <T>(result: Result<T> | Conflict): Result<T> =>
  result === 'conflict' ? refused(KEPT_CHANGING) : result;

/**
 * What came of the loop. Throws a `ProblemError` with `KEPT_CHANGING` for a conflict that stays: a
 * caller of the API is told to repeat; background work is logged, and its next run goes on.
 */
export function settled<T>(result: T | Conflict): T {
  if (result === 'conflict') throw new ProblemError(KEPT_CHANGING);
  return result;
}
