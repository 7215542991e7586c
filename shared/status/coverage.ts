/**
 * Complete time ranges and known gaps (docs/contract.md, "Coverage and gaps"; pure). Complete are
 * the finished parts of backfills, and live from its start to its last poll that reached the end.
 */
import type { GapReason } from '../enumerations.ts';
import type { BackfillLedger } from '../storage/positions.ts';
import { addRange, subtractRanges, type TimeRange } from '../time-ranges.ts';
import type { StatusInputs } from './status-name.ts';

export interface Coverage {
  complete: TimeRange[];
  gaps: (TimeRange & { reason: GapReason })[];
}

type Read = Pick<StatusInputs, 'live' | 'backfill' | 'earlier'>;

export function coverageOf({ live, backfill, earlier }: Read): Coverage {
  const open = backfill?.open ?? [];
  const ledgers = backfill ? [...earlier, backfill.ledger] : earlier;
  const retention = [...ledgers, ...open].flatMap(({ gaps }) => gaps);
  const outage = live?.gaps ?? [];
  const liveRead = live?.caughtUpAtMs
    ? subtractRanges({ fromMs: live.startedAtMs, toMs: live.caughtUpAtMs }, outage)
    : [];
  const complete = [
    ...liveRead,
    ...ledgers.filter(hasStoredWhatItRead).flatMap(({ finished }) => finished),
    ...(backfill && hasStoredWhatItRead(backfill.ledger) ? open : []).flatMap(
      ({ fromMs, toMs, newestPublishedMs = fromMs, gaps }) =>
        subtractRanges({ fromMs, toMs: Math.min(newestPublishedMs, toMs) }, gaps),
    ),
  ].reduce(addRange, []);
  const without = (ranges: readonly TimeRange[], others: readonly TimeRange[]) =>
    ranges.reduce(addRange, []).flatMap((range) => subtractRanges(range, others));
  const gaps = [
    ...without(outage, complete).map((range) => ({ ...range, reason: 'outage' as const })),
    ...without(retention, [...complete, ...outage]).map((range) => ({
      ...range,
      reason: 'retention' as const,
    })),
  ];
  return { complete, gaps: gaps.toSorted((a, b) => a.fromMs - b.fromMs) };
}

/** A `verify` only stages events until its end. */
const hasStoredWhatItRead = ({ mode, state }: BackfillLedger): boolean =>
  mode === 'fill' || state === 'Succeeded';

/** The part of a range between two instants. */
export function clip({ complete, gaps }: Coverage, within: TimeRange): Coverage {
  const cut = <T extends TimeRange>(ranges: readonly T[]): T[] =>
    ranges
      .map((range) => ({
        ...range,
        fromMs: Math.max(range.fromMs, within.fromMs),
        toMs: Math.min(range.toMs, within.toMs),
      }))
      .filter(({ fromMs, toMs }) => fromMs < toMs);
  return { complete: cut(complete), gaps: cut(gaps) };
}
