/**
 * Time ranges of a connector (docs/contract.md, "Coverage and gaps"; pure). Complete are the
 * finished parts of backfills, and live from its start to its last poll that reached the end.
 */
import type { GapReason } from '../enumerations.ts';
import type { BackfillLedger, SlicePosition } from '../storage/positions.ts';
import { addRange, subtractRanges, type TimeRange } from '../time-ranges.ts';
import type { StatusInputs } from './status-inputs.ts';

export interface Coverage {
  complete: TimeRange[];
  gaps: (TimeRange & { reason: GapReason })[];
  /** The ranges of backfills, without canceled ones. */
  wanted: TimeRange[];
  /** The slices that are read now, each confirmed up to `readToMs`. */
  open: (TimeRange & { readToMs: number })[];
}

type Read = Pick<StatusInputs, 'live' | 'backfill' | 'earlier'>;

export function coverageOf({ live, backfill, earlier }: Read): Coverage {
  const open = backfill?.open ?? [];
  const ledgers = backfill ? [...earlier, backfill.ledger] : earlier;
  const retention = [...ledgers, ...open].flatMap(({ gaps }) => gaps);
  const outage = live?.gaps ?? [];
  const unreadable = [
    ...ledgers.filter(({ state }) => state !== 'Canceled').flatMap((ledger) => ledger.unreadable),
    ...open.flatMap(setAside),
  ];
  const liveRead = live?.caughtUpAtMs
    ? subtractRanges({ fromMs: live.startedAtMs, toMs: live.caughtUpAtMs }, outage)
    : [];
  const complete = [...liveRead, ...readByBackfills(ledgers, open)].reduce(addRange, []);
  const without = (ranges: readonly TimeRange[], others: readonly TimeRange[]) =>
    ranges.reduce(addRange, []).flatMap((range) => subtractRanges(range, others));
  const gaps = [
    ...without(outage, complete).map((range) => ({ ...range, reason: 'outage' as const })),
    ...without(retention, [...complete, ...outage]).map((range) => ({
      ...range,
      reason: 'retention' as const,
    })),
    ...without(unreadable, [...complete, ...outage, ...retention]).map((range) => ({
      ...range,
      reason: 'unreadable' as const,
    })),
  ];
  return {
    complete,
    gaps: gaps.toSorted(byStart),
    wanted: ledgers
      .filter(({ state }) => state !== 'Canceled')
      .map(({ fromMs, toMs }) => ({ fromMs, toMs }))
      .reduce(addRange, []),
    open: backfill?.ledger.state === 'Running' ? openSlices(open) : [],
  };
}

/** In a retried slice, all time that is not read yet still counts as set aside. */
export function setAside({
  again,
  ended,
  fromMs,
  toMs,
  newestPublishedMs,
  unreadable,
}: SlicePosition) {
  if (!again || ended) return unreadable;
  return [{ fromMs: Math.max(newestPublishedMs ?? fromMs, fromMs), toMs }];
}

/** `ledgers`, oldest first, and the slices of the last. */
function readByBackfills(
  ledgers: readonly BackfillLedger[],
  open: readonly SlicePosition[],
): TimeRange[] {
  let read: TimeRange[] = [];
  for (const ledger of ledgers) {
    if (ledger.restores) read = read.flatMap((range) => subtractRanges(range, [ledger]));
    if (hasStoredWhatItRead(ledger)) read.push(...ledger.finished);
  }
  const last = ledgers.at(-1);
  const isStored = last !== undefined && hasStoredWhatItRead(last);
  const inPart = open.flatMap(({ fromMs, toMs, newestPublishedMs = fromMs, gaps }) =>
    subtractRanges({ fromMs, toMs: Math.min(newestPublishedMs, toMs) }, gaps),
  );
  return isStored ? [...read, ...inPart] : read;
}

/** A `verify` only stages events until its end. */
const hasStoredWhatItRead = ({ mode, state }: BackfillLedger): boolean =>
  mode === 'fill' || state === 'Succeeded';

const openSlices = (open: NonNullable<Read['backfill']>['open']): Coverage['open'] =>
  open
    .map(({ fromMs, toMs, newestPublishedMs = fromMs, ended }) => ({
      fromMs,
      toMs,
      readToMs: ended ? toMs : Math.min(newestPublishedMs, toMs),
    }))
    .toSorted(byStart);

const byStart = (a: TimeRange, b: TimeRange): number => a.fromMs - b.fromMs;

/** The part of a range between two instants. */
export function clip({ complete, gaps, wanted, open }: Coverage, within: TimeRange): Coverage {
  const cut = <T extends TimeRange>(ranges: readonly T[]): T[] =>
    ranges
      .map((range) => ({
        ...range,
        fromMs: Math.max(range.fromMs, within.fromMs),
        toMs: Math.min(range.toMs, within.toMs),
      }))
      .filter(({ fromMs, toMs }) => fromMs < toMs);
  return {
    complete: cut(complete),
    gaps: cut(gaps),
    wanted: cut(wanted),
    open: cut(open).map((slice) => ({
      ...slice,
      readToMs: Math.min(Math.max(slice.readToMs, slice.fromMs), slice.toMs),
    })),
  };
}
