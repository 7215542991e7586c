/**
 * The orchestrator of one backfill worker. It requests a slice, has an activity read it, and sleeps on
 * durable timers. It holds no events. Several workers run in parallel, each as a separate orchestration
 * (docs/adr/0001-a-worker-orchestration-per-parallel-slice.md). The orchestration is replayed from its
 * history at every step, so it must not use I/O, a clock or random numbers (enforced by lint). The
 * ledger is the source of truth: a worker may be lost, duplicated or restarted at any time.
 */
import type { OrchestrationContext, Task } from 'durable-functions';
import type { BackfillRef } from '../workflow-engine.ts';
import type { BackfillPlan } from './plan.ts';
import type { SliceRun } from './slice-outcome.ts';
import type { SliceRef } from './slice-run.ts';

export const BACKFILL_ORCHESTRATOR = 'backfill-worker';
export const PLAN_ACTIVITY = 'plan-backfill';
export const SLICE_ACTIVITY = 'ingest-slice';

/** The orchestration continues as new after this many steps, which keeps its history short. */
const STEPS = 50;

/**
 * The delay before a failed activity is retried. Activities do not throw, so a failure means that the
 * process died.
 */
const FAILED_SECONDS = 5;
/** Durable timers may end a second early (docs/azure.md, "Durable timers"). */
const TIMER_MARGIN_SECONDS = 1;

export function* backfillWorker(context: OrchestrationContext): Generator<Task, void> {
  const ref = context.df.getInput() as BackfillRef;
  for (let step = 0; step < STEPS; step++) {
    let next: Next;
    try {
      next = yield* planAndRead(context, ref);
    } catch {
      next = { waitSeconds: FAILED_SECONDS };
    }
    if (next === 'over') return;
    if (next.waitSeconds > 0) yield context.df.createTimer(later(context, next.waitSeconds));
  }
  context.df.continueAsNew(ref);
}

type Next = 'over' | { waitSeconds: number };

function* planAndRead(context: OrchestrationContext, ref: BackfillRef): Generator<Task, Next> {
  const plan = (yield context.df.callActivity(PLAN_ACTIVITY, ref)) as unknown as BackfillPlan;
  context.df.setCustomStatus({ percentComplete: plan.percentComplete, events: plan.events });
  if (plan.state === 'over') return 'over';
  if (plan.sliceKey === undefined) return plan;
  const slice: SliceRef = { ...ref, sliceKey: plan.sliceKey, openSlices: plan.openSlices };
  return (yield context.df.callActivity(SLICE_ACTIVITY, slice)) as unknown as SliceRun;
}

function later(context: OrchestrationContext, seconds: number) {
  const instant = structuredClone(context.df.currentUtcDateTime);
  instant.setUTCSeconds(instant.getUTCSeconds() + seconds + TIMER_MARGIN_SECONDS);
  return instant;
}
