/**
 * The backfill orchestration: asks for slices, lets them be read side by side, sleeps on durable
 * timers, and holds no events. It is replayed from its history at every step, so it does no I/O and
 * has no clock and no chance of its own (lint sees to that). The ledger is the truth: this generator
 * may be lost, doubled or started again at any time.
 */
import type { OrchestrationContext, Task, TimerTask } from 'durable-functions';
import type { SliceRef, SliceRun } from '../ingest/slice.ts';
import type { BackfillPlan, BackfillRef } from './plan.ts';

export const BACKFILL_ORCHESTRATOR = 'backfill';
export const PLAN_ACTIVITY = 'plan-backfill';
export const SLICE_ACTIVITY = 'ingest-slice';

/** Keeps the history short: then the orchestration continues as new. */
const STEPS = 50;
/** A connector that may not poll now is looked at again. */
const PAUSED_SECONDS = 300;
const RETRY_SECONDS = 15;

export function* backfillOrchestrator(context: OrchestrationContext): Generator<Task, void> {
  const ref = context.df.getInput() as BackfillRef;
  const reading = new Map<string, Task>();
  const sleeping = new Map<string, TimerTask>();

  for (let step = 0; step < STEPS; step++) {
    const plan = (yield context.df.callActivity(PLAN_ACTIVITY, ref)) as unknown as BackfillPlan;
    context.df.setCustomStatus({ percentComplete: plan.percentComplete, events: plan.events });
    if (plan.state === 'over') break;

    if (plan.state === 'running') {
      for (const sliceKey of plan.slices) {
        if (reading.has(sliceKey) || sleeping.has(sliceKey)) continue;
        const slice: SliceRef = { ...ref, sliceKey, openSlices: plan.slices.length };
        reading.set(sliceKey, context.df.callActivity(SLICE_ACTIVITY, slice));
      }
    }
    if (reading.size === 0 && sleeping.size === 0) {
      yield sleep(context, plan.state === 'paused' ? PAUSED_SECONDS : RETRY_SECONDS);
      continue;
    }

    yield context.df.Task.any([...reading.values(), ...sleeping.values()]);
    for (const [sliceKey, task] of reading) {
      if (!task.isCompleted) continue;
      reading.delete(sliceKey);
      const waitSeconds = task.isFaulted ? RETRY_SECONDS : (task.result as SliceRun).waitSeconds;
      if (waitSeconds > 0) sleeping.set(sliceKey, sleep(context, waitSeconds));
    }
    for (const [sliceKey, timer] of sleeping) if (timer.isCompleted) sleeping.delete(sliceKey);
    if (step === STEPS - 1) {
      // What runs is let finish before the history is dropped; what sleeps is simply asked again.
      while (reading.size > 0) {
        yield context.df.Task.any([...reading.values()]);
        for (const [sliceKey, task] of reading) if (task.isCompleted) reading.delete(sliceKey);
      }
      cancelAll(sleeping);
      context.df.continueAsNew(ref);
      return;
    }
  }
  cancelAll(sleeping);
}

function sleep(context: OrchestrationContext, seconds: number): TimerTask {
  // biome-ignore lint/style/noRestrictedGlobals: a copy of the orchestration's own time, no clock
  const wakeAt = new Date(context.df.currentUtcDateTime);
  wakeAt.setUTCSeconds(wakeAt.getUTCSeconds() + seconds);
  return context.df.createTimer(wakeAt);
}

/** A timer left behind would keep the instance running. */
function cancelAll(timers: Map<string, TimerTask>): void {
  for (const timer of timers.values()) if (!timer.isCompleted) timer.cancel();
}
