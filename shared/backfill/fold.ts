/** A finished slice becomes part of its backfill's ledger (pure). */
import { noLease } from '../storage/lease.ts';
import type { BackfillLedger, SlicePosition } from '../storage/positions.ts';
import { addRange, subtractRanges } from '../time-ranges.ts';
import { lessonOf, toCells } from './width-lessons.ts';

export function fold(ledger: BackfillLedger, slice: SlicePosition): BackfillLedger {
  const { gaps, unreadable, again } = slice;
  const read = subtractRanges(slice, [...gaps, ...unreadable]);
  const isTelling = unreadable.length === 0 && !again;
  return {
    ...ledger,
    events: ledger.events + slice.events,
    pages: ledger.pages + slice.pages,
    requests: ledger.requests + slice.requests,
    duplicates: ledger.duplicates + slice.duplicates,
    variants: ledger.variants + slice.variants,
    finished: read.reduce(addRange, ledger.finished),
    gaps: gaps.reduce(addRange, ledger.gaps),
    // Not merged: each is a slice of its own when it is tried again.
    unreadable: [...ledger.unreadable, ...unreadable].toSorted((a, b) => a.fromMs - b.fromMs),
    ...toCells(lessonOf([ledger, slice])),
    slicesDone: ledger.slicesDone + 1,
    readAtMs: Math.max(ledger.readAtMs ?? 0, slice.readAtMs ?? 0),
    ...(isTelling ? { lastWidthMs: slice.toMs - slice.fromMs, lastEvents: slice.events } : {}),
  };
}

/**
 * A slice that is given up: what was read of it stays, the rest was never asked for. Its runner is no
 * longer named: a row that names it would pass for its own write (see `Chain`).
 */
export function truncated(slice: SlicePosition): SlicePosition {
  const { fromMs, toMs, newestPublishedMs = fromMs } = slice;
  return {
    ...slice,
    ...noLease,
    toMs: Math.min(Math.max(newestPublishedMs, fromMs), toMs),
    ended: true,
  };
}
