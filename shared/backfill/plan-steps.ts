/** The steps of a backfill's ledger, each a batch of operations (pure): fold, plan, cut, retry. */
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import { boundedUrl, pageSizeOf } from '../okta/logs-url.ts';
import {
  type BackfillWithSlices,
  creation,
  replacement,
  type Stored,
  sliceKey,
} from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import type { BackfillLedger, SlicePosition } from '../storage/positions.ts';
import type { Operation } from '../storage/table.ts';
import { addRange } from '../time-ranges.ts';
import { fold } from './fold.ts';
import { assertLedger, assertProgress } from './ledger-rules.ts';
import { newSlice } from './new-slice.ts';
import { estimatedMsLeft } from './progress.ts';
import { nextSlice, planEnd, SMALLEST_WIDTH_MS } from './slice-plan.ts';
import { lessonOf, widestToAsk } from './width-lessons.ts';

/** The limit of a transaction, less room for the ledger. */
const MAX_SLICES_AT_ONCE = 90;

type Backfill = BackfillWithSlices;

/** Adds a finished slice to the ledger. */
export function foldStep(
  { ledger: stored, open, isWhole }: Backfill,
  ended: Stored<SlicePosition>,
) {
  const folded = fold(stored.value, ended.value);
  assertProgress(stored.value, folded);
  const others = open.filter((one) => one !== ended);
  assertLedger(folded, valuesOf(others), isWhole);
  return [replacement(stored, folded), { kind: 'delete' as const, key: ended.key }];
}

/** Moves a frontier and creates the slice. */
export function planStep(
  { ledger: stored, open, isWhole }: Backfill,
  { origin }: Connector,
  worker: number,
  nowMs: number,
): Operation[] {
  const ledger = stored.value;
  const slices = valuesOf(open);
  const end = planEnd(ledger, estimatedMsLeft(ledger, slices, nowMs), nowMs);
  const { lastWidthMs: widthMs, lastEvents: events, backfillId, generation, mode } = ledger;
  const density = widthMs && events !== undefined ? { widthMs, events } : undefined;
  const lesson = lessonOf([ledger, ...slices]);
  const { slice, frontiers } = nextSlice(ledger, density, end, widestToAsk(lesson));
  const answeredWidthMs = lesson.answeredMs || undefined;
  const position = newSlice(
    { backfillId, worker, mode, generation, answeredWidthMs },
    slice,
    origin,
  );
  const widened = { ...ledger, ...frontiers };
  assertProgress(ledger, widened);
  assertLedger(widened, [...slices, position], isWhole);
  return [replacement(stored, widened), creation(sliceKey(backfillId, slice.fromMs), position)];
}

/**
 * Cuts a slice that has not been read yet to the widest query that Okta answers, as learned since the
 * slice was planned. Undefined when the slice is narrow enough.
 */
export function cutStep(
  { ledger: { value: ledger }, open }: Backfill,
  slice: Stored<SlicePosition>,
  { origin }: Connector,
): Operation[] | undefined {
  const { fromMs, toMs, pages, nextUrl, backfillId } = slice.value;
  const lesson = lessonOf([ledger, ...valuesOf(open)]);
  const widestMs = widestToAsk(lesson);
  if (pages > 0 || toMs - fromMs < widestMs + SMALLEST_WIDTH_MS) return undefined;
  const answeredWidthMs = lesson.answeredMs || undefined;
  const atMs = fromMs + widestMs;
  const asked = boundedUrl(origin, { fromMs, toMs: atMs, limit: pageSizeOf(nextUrl) });
  const rest = newSlice({ ...slice.value, answeredWidthMs }, { fromMs: atMs, toMs }, origin);
  return [
    replacement(slice, { ...slice.value, toMs: atMs, nextUrl: asked, answeredWidthMs }),
    creation(sliceKey(backfillId, atMs), rest),
  ];
}

/** Retries the ranges that were set aside, each as a separate slice. */
export function retryStep(
  { ledger: stored, isWhole }: Backfill,
  { origin }: Connector,
  worker: number,
  nowMs: number,
): Operation[] {
  const ledger = stored.value;
  const { backfillId, generation, mode } = ledger;
  const keptFromMs = nowMs - OKTA_RETENTION_MS;
  const expired = ledger.unreadable.filter(({ toMs }) => toMs <= keptFromMs);
  const kept = ledger.unreadable.filter(({ toMs }) => toMs > keptFromMs);
  const slices = kept.slice(0, MAX_SLICES_AT_ONCE).map((range) =>
    newSlice({ backfillId, worker, mode, generation, answeredWidthMs: undefined }, range, origin, {
      again: true,
    }),
  );
  const next: BackfillLedger = {
    ...ledger,
    unreadable: kept.slice(MAX_SLICES_AT_ONCE),
    gaps: expired.reduce(addRange, ledger.gaps),
    retriedAtMs: nowMs,
  };
  assertProgress(ledger, next);
  assertLedger(next, slices, isWhole);
  const created = slices.map((one) => creation(sliceKey(backfillId, one.fromMs), one));
  return [replacement(stored, next), ...created];
}

const valuesOf = (stored: readonly Stored<SlicePosition>[]): SlicePosition[] =>
  stored.map(({ value }) => value);
