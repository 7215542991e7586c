/**
 * Planning, as an activity: folds finished slices into the ledger, moves a frontier and creates the
 * slice in one batch (If-Match), so that an orchestration and its replacement never plan the same
 * time twice. The ledger is the truth; the orchestration only asks what to do next.
 */
import type { Deps } from '../deps.ts';
import { blockingError } from '../ingest/live-outcome.ts';
import { isShown, showDefect } from '../ingest/run.ts';
import { retryOnConflict, settled } from '../retry-on-conflict.ts';
import {
  type BackfillWithSlices,
  creation,
  replacement,
  type Stored,
  sliceKey,
} from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import { type BackfillLedger, isOfRegistration, type SlicePosition } from '../storage/positions.ts';
import type { Operation } from '../storage/table.ts';
import type { BackfillRef } from '../workflow-engine.ts';
import { fold } from './fold.ts';
import { assertLedger, assertProgress } from './ledger-rules.ts';
import { newSlice } from './new-slice.ts';
import { estimatedMsLeft, percentComplete } from './progress.ts';
import { nextSlice, parallelSlices, planEnd } from './slice-plan.ts';
import { commitVerify } from './verify.ts';

export interface BackfillPlan {
  /** `over`: nothing is left for this worker. `paused`: the connector may not poll now. */
  state: 'running' | 'over' | 'paused';
  /** The slice to read. Without one there is nothing to read for a while. */
  sliceKey?: string;
  waitSeconds: number;
  openSlices: number;
  percentComplete: number;
  events: number;
}

const MAX_ATTEMPTS = 20;
const SETTLING_WORKER = 0;
const NO_VERIFY: { missing?: number } = {};
/** A connector that may not poll now is looked at again. */
const PAUSED_SECONDS = 300;
const CONCURRENCY_LIMITED_SECONDS = 60;
/** Before a worker that has more to do asks again. */
const WAIT_SECONDS = { waitForOthers: 20, waitForLive: 20, more: 1 };

/**
 * What this worker does next: its open slice, or a new one. Throws a broken rule of `ledger-rules.ts`,
 * or `UnreadableRow`, once the status page shows it.
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
    if (stored.connector.state !== 'active' || !stored.connector.enabled)
      return { ...plan, state: 'paused', waitSeconds: PAUSED_SECONDS };
    if (blockingError(await deps.status.facts(stored.connector), stored.connector))
      return { ...plan, state: 'paused', waitSeconds: PAUSED_SECONDS };
    const room = await workerSlots(deps, stored.connector);
    const own = open.find(({ value }) => value.worker === ref.worker && !value.ended);
    if (own && room.concurrencyLimited && ref.worker >= room.workers)
      return { ...plan, state: 'running', waitSeconds: CONCURRENCY_LIMITED_SECONDS };
    if (own) return { ...plan, state: 'running', sliceKey: own.key };
    const mayOpen = ref.worker < room.workers;
    const next = await nextStep(deps, stored.connector, backfill, ref.worker, mayOpen);
    if (next === 'nothing') return plan;
    if (typeof next === 'string')
      return { ...plan, state: 'running', waitSeconds: WAIT_SECONDS[next] };
    await deps.checkpoints.commit(ref.connectorId, next);
    // Lost to another worker or not: what there is now is read afresh in the next round.
    return 'conflict';
  });
  return settled(result);
}

/** How many workers may read side by side; one less while Okta had too many requests at once. */
async function workerSlots(
  { status, config, storageClock }: Deps,
  connector: Connector,
): Promise<{ workers: number; concurrencyLimited: boolean }> {
  const { limit, concurrencyLimitedUntilMs = 0 } = await status.rate(connector);
  const workers = parallelSlices(config.backfillParallelSlices, limit);
  const concurrencyLimited = workers > 1 && concurrencyLimitedUntilMs > storageClock.nowMs();
  return { workers: concurrencyLimited ? workers - 1 : workers, concurrencyLimited };
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

/** One step of the ledger: fold, plan, or close. `nothing` when this worker has nothing to change. */
async function nextStep(
  deps: Deps,
  connector: Connector,
  { ledger: stored, open, isWhole }: BackfillWithSlices,
  worker: number,
  mayOpen: boolean,
): Promise<Operation[] | 'nothing' | keyof typeof WAIT_SECONDS> {
  const ledger = stored.value;
  const ended = open.find(({ value }) => value.ended);
  if (ended) {
    const folded = fold(ledger, ended.value);
    assertProgress(ledger, folded);
    assertLedger(
      folded,
      valuesOf(open).filter((slice) => slice !== ended.value),
      isWhole,
    );
    return [replacement(stored, folded), { kind: 'delete', key: ended.key }];
  }
  const nowMs = deps.storageClock.nowMs();
  if (ledger.lowMs >= ledger.highMs) {
    const isVerify = ledger.mode === 'verify';
    // One worker settles a verify; it waits for the slices of the others.
    if (isVerify && worker !== SETTLING_WORKER) return 'nothing';
    if (open.length > 0) return isVerify ? 'waitForOthers' : 'nothing';
    // A slice that cannot be read is not read to its end: the backfill waits for it to be repaired.
    if (!isWhole) return 'nothing';
    const settled = isVerify ? await commitVerify(deps, connector, ledger) : NO_VERIFY;
    if (typeof settled === 'string') return settled;
    return [replacement(stored, { ...ledger, ...settled, state: 'Succeeded', endedAtMs: nowMs })];
  }
  if (!mayOpen) return 'nothing';

  const slices = valuesOf(open);
  const end = planEnd(ledger, estimatedMsLeft(ledger, slices, nowMs), nowMs);
  const { lastWidthMs: widthMs, lastEvents: events } = ledger;
  const density = widthMs && events !== undefined ? { widthMs, events } : undefined;
  const { slice, frontiers } = nextSlice(ledger, density, end);
  const { backfillId, generation, mode } = ledger;
  const position = newSlice({ backfillId, worker, mode, generation }, slice, connector.origin);
  const widened = { ...ledger, ...frontiers };
  assertProgress(ledger, widened);
  assertLedger(widened, [...slices, position], isWhole);
  return [replacement(stored, widened), creation(sliceKey(backfillId, slice.fromMs), position)];
}

const valuesOf = (stored: readonly Stored<SlicePosition>[]): SlicePosition[] =>
  stored.map(({ value }) => value);
