/** The backfill orchestration and its two activities. */
import * as df from 'durable-functions';
import {
  BACKFILL_ORCHESTRATOR,
  backfillOrchestrator,
  PLAN_ACTIVITY,
  SLICE_ACTIVITY,
} from '../shared/backfill/orchestrator.ts';
import { type BackfillRef, planBackfill } from '../shared/backfill/plan.ts';
import { ingestSlice, type SliceRef } from '../shared/ingest/slice.ts';
import { getServices } from '../shared/services.ts';

df.app.orchestration(BACKFILL_ORCHESTRATOR, backfillOrchestrator);

df.app.activity(PLAN_ACTIVITY, {
  handler: (ref: BackfillRef) => planBackfill(getServices(), ref),
});

df.app.activity(SLICE_ACTIVITY, {
  handler: (ref: SliceRef) => ingestSlice(getServices(), ref),
});
