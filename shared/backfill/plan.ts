/**
 * Planning, as an activity: folds finished slices into the ledger, moves a frontier and creates the
 * slice in one batch (If-Match), so that an orchestration and its replacement never plan the same
 * time twice. The ledger is the truth; the orchestration only asks what to do next.
 */

import type { IngestParts } from '../ingest/ingest-parts.ts';
import {
  type BackfillLedger,
  creation,
  replacement,
  type SlicePosition,
  type Stored,
  sliceKey,
} from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import type { Operation } from '../storage/table.ts';
import { newSlice } from './new-slice.ts';
import { estimatedMsLeft, percentComplete } from './progress.ts';
import { addRange, subtractRanges } from './ranges.ts';
import { nextSlice, parallelSlices, planEnd } from './slice-plan.ts';

/** Names a backfill and one of its workers; all that orchestrations and activities are given. */
export interface BackfillRef {
  connectorId: string;
  generation: string;
  backfillId: string;
  /** Workers read side by side, each one slice at a time. */
  worker: number;
}

export interface BackfillPlan {
  /** `over`: nothing is left for this worker. `paused`: the connector may not poll now. */
  state: 'running' | 'over' | 'paused';
  /** The slice to read. */
  sliceKey?: string;
  openSlices: number;
  percentComplete: number;
  events: number;
}

const MAX_ATTEMPTS = 20;

/** What this worker does next: its open slice, or a new one. */
export async function planBackfill(parts: IngestParts, ref: BackfillRef): Promise<BackfillPlan> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = await parts.connectors.get(ref.connectorId);
    const backfill = await parts.checkpoints.backfillWithSlices(ref.connectorId, ref.backfillId);
    if (!stored || !backfill || stored.connector.generation !== ref.generation)
      return NOTHING_TO_DO;
    const { ledger, open } = backfill;
    const plan = planOf(ledger.value, open);
    if (ledger.value.state !== 'Running') return plan;
    if (stored.connector.state !== 'active' || !stored.connector.enabled)
      return { ...plan, state: 'paused' };
    const own = open.find(({ value }) => value.worker === ref.worker && !value.ended);
    if (own) return { ...plan, state: 'running', sliceKey: own.key };
    const operations = await nextOperations(parts, stored.connector, ledger, open, ref.worker);
    if (!operations) return plan;
    // Lost to another worker or not: what there is now is read afresh in the next round.
    await parts.checkpoints.commit(ref.connectorId, operations);
  }
  throw new Error('the ledger kept changing while a slice was planned');
}

const NOTHING_TO_DO: BackfillPlan = {
  state: 'over',
  openSlices: 0,
  percentComplete: 0,
  events: 0,
};

function planOf(ledger: BackfillLedger, open: readonly Stored<SlicePosition>[]): BackfillPlan {
  const slices = open.map(({ value }) => value);
  return {
    state: 'over',
    openSlices: open.length,
    percentComplete: percentComplete(ledger, slices),
    events: slices.reduce((sum, { events }) => sum + events, ledger.events),
  };
}

/** One step of the ledger: fold, plan, or close. Undefined when this worker has nothing to change. */
async function nextOperations(
  parts: IngestParts,
  connector: Connector,
  stored: Stored<BackfillLedger>,
  open: readonly Stored<SlicePosition>[],
  worker: number,
): Promise<Operation[] | undefined> {
  const ledger = stored.value;
  const ended = open.find(({ value }) => value.ended);
  if (ended) {
    const folded = fold(ledger, ended.value);
    return [replacement(stored, folded), { kind: 'delete', key: ended.key }];
  }
  const nowMs = parts.storageClock.nowMs();
  if (ledger.lowMs >= ledger.highMs) {
    if (open.length > 0) return undefined;
    return [replacement(stored, { ...ledger, state: 'Succeeded', endedAtMs: nowMs })];
  }
  const { limit } = await parts.status.rate(connector.id);
  if (worker >= parallelSlices(parts.config.backfillParallelSlices, limit)) return undefined;

  const slices = open.map(({ value }) => value);
  const end = planEnd(ledger, estimatedMsLeft(ledger, slices, nowMs), nowMs);
  const { lastWidthMs: widthMs, lastEvents: events } = ledger;
  const density = widthMs && events !== undefined ? { widthMs, events } : undefined;
  const { slice, frontiers } = nextSlice(ledger, density, end);
  const { backfillId, generation } = ledger;
  const position = newSlice({ backfillId, worker, generation }, slice, connector.origin);
  return [
    replacement(stored, { ...ledger, ...frontiers }),
    creation(sliceKey(backfillId, slice.fromMs), position),
  ];
}

function fold(ledger: BackfillLedger, slice: SlicePosition): BackfillLedger {
  const read = subtractRanges(slice, slice.gaps);
  return {
    ...ledger,
    events: ledger.events + slice.events,
    pages: ledger.pages + slice.pages,
    requests: ledger.requests + slice.requests,
    duplicates: ledger.duplicates + slice.duplicates,
    variants: ledger.variants + slice.variants,
    finished: read.reduce(addRange, ledger.finished),
    gaps: slice.gaps.reduce(addRange, ledger.gaps),
    slicesDone: ledger.slicesDone + 1,
    lastWidthMs: slice.toMs - slice.fromMs,
    lastEvents: slice.events,
  };
}
