/**
 * The two activities of a backfill worker. An activity that throws ends its orchestration, so a failed
 * step is reported and retried after a wait instead, for example while the storage is unavailable.
 */
import type { Deps } from '../deps.ts';
import type { BackfillRef } from '../workflow-engine.ts';
import { type BackfillPlan, planBackfill } from './plan.ts';
import type { SliceRun } from './slice-outcome.ts';
import { ingestSlice, type SliceRef } from './slice-run.ts';

const RETRY_SECONDS = 15;
const UNPLANNED: BackfillPlan = {
  state: 'paused',
  waitSeconds: RETRY_SECONDS,
  openSlices: 0,
  percentComplete: 0,
  events: 0,
};

/** Reports a failed step that will be retried. */
export type StepFailed = (error: unknown) => void;

export const planOrWait = (
  deps: Deps,
  ref: BackfillRef,
  failed: StepFailed,
): Promise<BackfillPlan> => orElse(UNPLANNED, failed, () => planBackfill(deps, ref));

export const ingestOrWait = (deps: Deps, ref: SliceRef, failed: StepFailed): Promise<SliceRun> =>
  orElse({ waitSeconds: RETRY_SECONDS }, failed, () => ingestSlice(deps, ref));

async function orElse<T>(retry: T, failed: StepFailed, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    failed(error);
    return retry;
  }
}
