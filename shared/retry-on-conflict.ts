/** The compare-and-swap loop: read, decide, write under the ETag; repeat after a conflict. */
import { ProblemError } from './errors.ts';
import { KEPT_CHANGING } from './problems.ts';
import { type Result, refused } from './result.ts';

/** The row was changed between a step's read and its write. */
export type Conflict = 'conflict';

/**
 * Runs `step` until its write has no conflict, at most `attempts` times. A step with more work
 * after its write also returns `conflict`: the next round reads again. The caller decides how to
 * handle a conflict that persists.
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

/** The result of the loop as a `Result`: `KEPT_CHANGING` for a conflict that persists. */
export const orKeptChanging = <T>(result: Result<T> | Conflict): Result<T> =>
  result === 'conflict' ? refused(KEPT_CHANGING) : result;

/**
 * The result of the loop. Throws a `ProblemError` with `KEPT_CHANGING` for a conflict that
 * persists: an API caller gets it as the response; background work is logged and continues in its
 * next run.
 */
export function settled<T>(result: T | Conflict): T {
  if (result === 'conflict') throw new ProblemError(KEPT_CHANGING);
  return result;
}
