/** Sets of time ranges, kept merged and in order (pure). */

/** A range of time: `fromMs` inclusive, `toMs` exclusive, epoch milliseconds. */
export interface TimeRange {
  fromMs: number;
  toMs: number;
}

/** Adds a range; adjacent and overlapping ranges are merged. */
export function addRange(ranges: readonly TimeRange[], added: TimeRange): TimeRange[] {
  if (added.toMs <= added.fromMs) return [...ranges];
  const merged: TimeRange[] = [];
  const ordered = [...ranges, added].toSorted((a, b) => a.fromMs - b.fromMs);
  for (const { fromMs, toMs } of ordered) {
    const last = merged.at(-1);
    if (last && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else merged.push({ fromMs, toMs });
  }
  return merged;
}

/** The parts of a range that are not in the set. */
export function subtractRanges(range: TimeRange, ranges: readonly TimeRange[]): TimeRange[] {
  const left: TimeRange[] = [];
  let fromMs = range.fromMs;
  for (const one of ranges.toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (one.toMs <= fromMs) continue;
    if (one.fromMs >= range.toMs) break;
    if (one.fromMs > fromMs) left.push({ fromMs, toMs: one.fromMs });
    fromMs = Math.max(fromMs, one.toMs);
  }
  if (fromMs < range.toMs) left.push({ fromMs, toMs: range.toMs });
  return left;
}

export const totalMs = (ranges: readonly TimeRange[]): number =>
  ranges.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
