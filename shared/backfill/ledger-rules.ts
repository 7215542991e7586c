/**
 * Invariants of a backfill, asserted after its ledger is read and before it is written. A violation is
 * a defect of the connector. It ends only the step that detects it.
 */
import assert from 'node:assert/strict';
import { type BackfillLedger, NO_COUNTS } from '../storage/positions.ts';
import { addRange, subtractRanges, type TimeRange } from '../time-ranges.ts';

const COUNTERS = Object.keys(NO_COUNTS) as (keyof typeof NO_COUNTS)[];

/**
 * `open` are the slices that were not yet folded when the ledger was read. `isWhole` is false when a
 * slice is left out because its row cannot be read.
 */
export function assertLedger(
  ledger: BackfillLedger,
  open: readonly TimeRange[],
  isWhole = true,
): void {
  const { fromMs, toMs, lowMs, highMs, finished, gaps, unreadable } = ledger;
  assert(fromMs < toMs, 'a backfill has a range');
  assert(fromMs <= lowMs && lowMs <= highMs && highMs <= toMs, 'the frontiers lie in the range');
  for (const name of COUNTERS)
    assert(ledger[name] >= 0 && Number.isSafeInteger(ledger[name]), `${name} is no count`);
  const known = [...finished, ...gaps, ...unreadable, ...open];
  for (const range of known) {
    assert(range.fromMs <= range.toMs, 'a range ends before it begins');
    assert(range.fromMs >= fromMs && range.toMs <= toMs, 'a slice lies in the range');
    const isPlanned = range.toMs <= lowMs || range.fromMs >= highMs || lowMs === highMs;
    assert(isPlanned, 'a slice lies between the frontiers');
  }
  if (ledger.state === 'Canceled' || !isWhole) return;
  const planned = [...known, { fromMs: lowMs, toMs: highMs }].reduce<TimeRange[]>(addRange, []);
  assert(subtractRanges(ledger, planned).length === 0, 'no time of the range is left out');
}

/** Called before the write: completed work is never undone. */
export function assertProgress(before: BackfillLedger, after: BackfillLedger): void {
  for (const name of COUNTERS) assert(after[name] >= before[name], `${name} has fallen`);
  assert(after.lowMs >= before.lowMs && after.highMs <= before.highMs, 'a frontier has gone back');
  assert(after.slicesDone >= before.slicesDone, 'slicesDone has fallen');
  for (const range of before.finished)
    assert(subtractRanges(range, after.finished).length === 0, 'what was read is forgotten');
}
