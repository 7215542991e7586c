/** The workers of a backfill, and their two activities. */
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { ingestOrWait, planOrWait, type StepFailed } from '../shared/backfill/activities.ts';
import {
  BACKFILL_ORCHESTRATOR,
  backfillWorker,
  PLAN_ACTIVITY,
  SLICE_ACTIVITY,
} from '../shared/backfill/orchestrator.ts';
import type { SliceRef } from '../shared/backfill/slice-run.ts';
import type { BackfillRef } from '../shared/workflow-engine.ts';
import { runInHand } from './host/in-hand.ts';
import { servicesOf } from './host/invocation.ts';
import { whenConfigured } from './host/settings.ts';

whenConfigured(() => {
  df.app.orchestration(BACKFILL_ORCHESTRATOR, backfillWorker);

  df.app.activity(PLAN_ACTIVITY, {
    handler: (ref: BackfillRef, context: InvocationContext) =>
      planOrWait(servicesOf(context), ref, logged(context)),
  });

  df.app.activity(SLICE_ACTIVITY, {
    handler: (ref: SliceRef, context: InvocationContext) =>
      runInHand(ingestOrWait(servicesOf(context), ref, logged(context))),
  });
});

const logged =
  (context: InvocationContext): StepFailed =>
  (error) =>
    context.error('a step of a backfill failed and will be retried', error);
