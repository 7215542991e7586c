/** Progress of a backfill, from its ledger and its open slices (pure). */
import type { BackfillLedger, SlicePosition } from '../storage/positions.ts';
import { totalMs } from '../time-ranges.ts';

/** Duration, in milliseconds, of the part of the range that was read or that Okta no longer keeps. */
function doneMs(ledger: BackfillLedger, open: readonly SlicePosition[]): number {
  const closed = totalMs(ledger.finished) + totalMs(ledger.gaps);
  return open.reduce((sum, slice) => sum + readMs(slice), closed);
}

function readMs({ fromMs, toMs, newestPublishedMs }: SlicePosition): number {
  const readTo = Math.min(Math.max(newestPublishedMs ?? fromMs, fromMs), toMs);
  return readTo - fromMs;
}

/** Percentage with one decimal, rounded down: 100 only when everything is read. */
export function percentComplete(ledger: BackfillLedger, open: readonly SlicePosition[]): number {
  if (ledger.state === 'Succeeded') return 100;
  const width = ledger.toMs - ledger.fromMs;
  const percent = width === 0 ? 0 : (100 * doneMs(ledger, open)) / width;
  return Math.min(99.9, Math.floor(percent * 10) / 10);
}

/** Estimated from the average rate. Undefined until any progress was made. */
export function estimatedMsLeft(
  ledger: BackfillLedger,
  open: readonly SlicePosition[],
  nowMs: number,
): number | undefined {
  if (ledger.state !== 'Running') return undefined;
  const done = doneMs(ledger, open);
  const elapsedMs = nowMs - ledger.startedAtMs;
  if (done <= 0 || elapsedMs <= 0) return undefined;
  return Math.round((elapsedMs * (ledger.toMs - ledger.fromMs - done)) / done);
}
