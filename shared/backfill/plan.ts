/**
 * The planning activity: folds finished slices into the ledger, moves a frontier and creates the slice in
 * one batch (If-Match), so that an orchestration and its replacement never plan the same range twice.
 * The ledger is the source of truth; the orchestration only asks for the next step.
 */
import type { Deps } from '../deps.ts';
import { blockingError } from '../ingest/live-outcome.ts';
import { mayPoll } from '../ingest/may-poll.ts';
import { isShown, showDefect } from '../ingest/run.ts';
import { retryOnConflict, settled } from '../retry-on-conflict.ts';
import { type BackfillWithSlices, replacement, type Stored } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import { isLeased } from '../storage/lease.ts';
import { type BackfillLedger, isOfRegistration, type SlicePosition } from '../storage/positions.ts';
import type { Operation } from '../storage/table.ts';
import type { BackfillRef } from '../workflow-engine.ts';
import { type Choice, chooseSlice, readersOf } from './choose-slice.ts';
import { assertLedger } from './ledger-rules.ts';
import { cutStep, foldStep, planStep, retryStep } from './plan-steps.ts';
import { percentComplete } from './progress.ts';
import { commitVerify } from './verify.ts';
import { workerSlots } from './worker-slots.ts';

export interface BackfillPlan {
  /** `over`: nothing is left for this worker. `paused`: the connector may not poll now. */
  state: 'running' | 'over' | 'paused';
  /** The slice to read. Undefined while there is nothing to read. */
  sliceKey?: string;
  waitSeconds: number;
  openSlices: number;
  percentComplete: number;
  events: number;
}

const MAX_ATTEMPTS = 20;
const SETTLING_WORKER = 0;
const NO_VERIFY: { missing?: number } = {};
/**
 * The backfill of a connector that is enabled again, or repaired, continues within a minute: the same
 * time as after an outage.
 */
const PAUSED_SECONDS = 60;
/** The wait before a worker asks for its next step. */
const WAIT_SECONDS = { waitForOthers: 20, waitForLive: 20, more: 1 };

/**
 * Returns the next step of this worker: its open slice, or a new slice. Throws a violated rule of
 * `ledger-rules.ts`, or `UnreadableRow`, after recording it for the status page.
 */
export async function planBackfill(deps: Deps, ref: BackfillRef): Promise<BackfillPlan> {
  try {
    return await planned(deps, ref);
  } catch (error) {
    const stored = isShown(error) && (await deps.connectors.get(ref.connectorId));
    if (stored) await showDefect(deps, stored.connector, 'backfill', error);
    throw error;
  }
}

async function planned(deps: Deps, ref: BackfillRef): Promise<BackfillPlan> {
  const result = await retryOnConflict<BackfillPlan>(MAX_ATTEMPTS, async () => {
    const stored = await deps.connectors.get(ref.connectorId);
    const backfill = await deps.checkpoints.backfillWithSlices(ref.connectorId, ref.backfillId);
    if (!stored || !backfill || !isOfRegistration(backfill.ledger.value, stored.connector))
      return NOTHING_TO_DO;
    const { ledger, open, isWhole } = backfill;
    const slices = valuesOf(open);
    assertLedger(ledger.value, slices, isWhole);
    const plan = planOf(ledger.value, slices);
    if (ledger.value.state !== 'Running' || ledger.value.attempt !== ref.attempt) return plan;
    if (!mayPoll(stored.connector))
      return { ...plan, state: 'paused', waitSeconds: PAUSED_SECONDS };
    const { facts, rate } = await deps.status.known(stored.connector);
    if (blockingError(facts, stored.connector))
      return { ...plan, state: 'paused', waitSeconds: PAUSED_SECONDS };
    const slots = workerSlots(deps, rate);
    const chosen = chooseSlice(open, ref.worker, slots, deps.storageClock.nowMs());
    const step = await stepFor(deps, stored.connector, backfill, ref.worker, chosen);
    if (step.kind === 'step') {
      await deps.checkpoints.commit(ref.connectorId, step.operations);
      // Whether or not another worker has won: the next round reads the current rows.
      return 'conflict';
    }
    if (step.kind === 'over') return plan;
    // While ranges are left to plan, every worker that may read will read soon.
    const isPlanned = ledger.value.lowMs >= ledger.value.highMs;
    const openSlices = isPlanned ? Math.max(1, readersOf(open, slots).length) : slots.reading;
    return step.kind === 'read'
      ? { ...plan, state: 'running', openSlices, sliceKey: step.slice.key }
      : { ...plan, state: 'running', openSlices, waitSeconds: step.waitSeconds };
  });
  return settled(result);
}

const NOTHING_TO_DO: BackfillPlan = {
  state: 'over',
  waitSeconds: 0,
  openSlices: 0,
  percentComplete: 0,
  events: 0,
};

function planOf(ledger: BackfillLedger, slices: readonly SlicePosition[]): BackfillPlan {
  return {
    state: 'over',
    waitSeconds: 0,
    openSlices: slices.length,
    percentComplete: percentComplete(ledger, slices),
    events: slices.reduce((sum, { events }) => sum + events, ledger.events),
  };
}

type NextStep =
  | { kind: 'step'; operations: Operation[] }
  | { kind: 'read'; slice: Stored<SlicePosition> }
  | { kind: 'wait'; waitSeconds: number }
  /** The worker has nothing to do. */
  | { kind: 'over' };

/** Derives the next step from the choice: a step of the ledger, or a slice to read. */
async function stepFor(
  deps: Deps,
  connector: Connector,
  backfill: BackfillWithSlices,
  worker: number,
  chosen: Choice,
): Promise<NextStep> {
  switch (chosen.kind) {
    case 'wait':
      return chosen;
    case 'takeOver': {
      const { slice } = chosen;
      return { kind: 'step', operations: [replacement(slice, { ...slice.value, worker })] };
    }
    case 'read': {
      const { slice } = chosen;
      const isHeld = isLeased(slice.value, deps.storageClock.nowMs());
      const operations = isHeld ? undefined : cutStep(backfill, slice, connector);
      return operations ? { kind: 'step', operations } : { kind: 'read', slice };
    }
    case 'none': {
      const next = await ledgerStep(deps, connector, backfill, worker, chosen.mayOpen);
      if (next.kind === 'step' || !chosen.otherwise) return next;
      return await stepFor(deps, connector, backfill, worker, chosen.otherwise);
    }
  }
}

/** One step of the ledger: fold, plan, retry, or close. */
async function ledgerStep(
  deps: Deps,
  connector: Connector,
  backfill: BackfillWithSlices,
  worker: number,
  mayOpen: boolean,
): Promise<NextStep> {
  const { ledger: stored, open, isWhole } = backfill;
  const ledger = stored.value;
  const ended = open.find(({ value }) => value.ended);
  if (ended) return { kind: 'step', operations: foldStep(backfill, ended) };
  const nowMs = deps.storageClock.nowMs();
  if (ledger.lowMs < ledger.highMs) {
    if (!mayOpen) return OVER;
    return { kind: 'step', operations: planStep(backfill, connector, worker, nowMs) };
  }
  const isVerify = ledger.mode === 'verify';
  // One worker completes a verify, after the slices of the others have ended.
  if (isVerify && worker !== SETTLING_WORKER) return OVER;
  if (open.length > 0) return isVerify ? waitFor('waitForOthers') : OVER;
  // A slice with an unreadable row is unfinished: the backfill waits until the row is repaired.
  if (!isWhole) return OVER;
  const { unreadable, retriedAtMs } = ledger;
  if (unreadable.length > 0 && retriedAtMs === undefined)
    return { kind: 'step', operations: retryStep(backfill, connector, worker, nowMs) };
  const settled = isVerify ? await commitVerify(deps, connector, ledger) : NO_VERIFY;
  if (typeof settled === 'string') return waitFor(settled);
  const state = unreadable.length > 0 ? 'Failed' : 'Succeeded';
  const closed: BackfillLedger = { ...ledger, ...settled, state, endedAtMs: nowMs };
  return { kind: 'step', operations: [replacement(stored, closed)] };
}

const OVER: NextStep = { kind: 'over' };
const waitFor = (what: keyof typeof WAIT_SECONDS): NextStep => ({
  kind: 'wait',
  waitSeconds: WAIT_SECONDS[what],
});

const valuesOf = (stored: readonly Stored<SlicePosition>[]): SlicePosition[] =>
  stored.map(({ value }) => value);
