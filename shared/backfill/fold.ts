/** Folds a finished slice into the ledger of its backfill (pure). */
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
    // Not merged: each range becomes a separate slice when it is retried.
    unreadable: [...ledger.unreadable, ...unreadable].toSorted((a, b) => a.fromMs - b.fromMs),
    ...toCells(lessonOf([ledger, slice])),
    slicesDone: ledger.slicesDone + 1,
    readAtMs: Math.max(ledger.readAtMs ?? 0, slice.readAtMs ?? 0),
    ...(isTelling ? { lastWidthMs: slice.toMs - slice.fromMs, lastEvents: slice.events } : {}),
  };
}

/**
 * Closes a slice early: the events that were read are kept, the rest is not requested. The holder is
 * cleared, because a runner would take a row that names it for its own write (see `Chain`).
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
