/** The workers of a backfill, and their two activities. */
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import {
  BACKFILL_ORCHESTRATOR,
  backfillWorker,
  PLAN_ACTIVITY,
  SLICE_ACTIVITY,
} from '../shared/backfill/orchestrator.ts';
import { type BackfillPlan, type BackfillRef, planBackfill } from '../shared/backfill/plan.ts';
import { ingestSlice, type SliceRef } from '../shared/backfill/slice-run.ts';
import { getServices } from '../shared/services.ts';

const RETRY_SECONDS = 15;
const UNPLANNED: BackfillPlan = {
  state: 'paused',
  waitSeconds: RETRY_SECONDS,
  openSlices: 0,
  percentComplete: 0,
  events: 0,
};

df.app.orchestration(BACKFILL_ORCHESTRATOR, backfillWorker);

df.app.activity(PLAN_ACTIVITY, {
  handler: (ref: BackfillRef, context: InvocationContext) =>
    orRetry(context, UNPLANNED, () => planBackfill(getServices(), ref)),
});

df.app.activity(SLICE_ACTIVITY, {
  handler: (ref: SliceRef, context: InvocationContext) =>
    orRetry(context, { waitSeconds: RETRY_SECONDS }, () => ingestSlice(getServices(), ref)),
});

/** A failed activity would fail its worker: a storage that is away is waited for instead. */
async function orRetry<T>(
  context: InvocationContext,
  retry: T,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    context.error('a step of a backfill failed and is tried again', error);
    return retry;
  }
}
