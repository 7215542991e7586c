/**
 * One worker of a backfill: asks for a slice, has it read, sleeps on durable timers, and holds no
 * events. Several run side by side, each an orchestration of its own
 * (docs/adr/0001-a-worker-orchestration-per-parallel-slice.md). It is replayed from its history at
 * every step, so it does no I/O and has no clock and no chance of its own (lint sees to that). The
 * ledger is the truth: a worker may be lost, doubled or started again at any time.
 */
import type { OrchestrationContext, Task } from 'durable-functions';
import type { BackfillRef } from '../workflow-engine.ts';
import type { BackfillPlan } from './plan.ts';
import type { SliceRun } from './slice-outcome.ts';
import type { SliceRef } from './slice-run.ts';

export const BACKFILL_ORCHESTRATOR = 'backfill-worker';
export const PLAN_ACTIVITY = 'plan-backfill';
export const SLICE_ACTIVITY = 'ingest-slice';

/** Keeps the history short: then the orchestration continues as new. */
const STEPS = 50;

/** A failed activity is done again: its worker process died, since it throws nothing by itself. */
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
