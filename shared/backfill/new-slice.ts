/** Creates a slice that has not been read yet. */
import assert from 'node:assert/strict';
import { PAGE_SIZE } from '../okta/log-facts.ts';
import { boundedUrl } from '../okta/logs-url.ts';
import { NO_COUNTS, type SlicePosition } from '../storage/positions.ts';
import type { TimeRange } from '../time-ranges.ts';

export function newSlice(
  {
    backfillId,
    worker,
    mode,
    generation,
    answeredWidthMs,
  }: Pick<SlicePosition, 'backfillId' | 'worker' | 'mode' | 'generation' | 'answeredWidthMs'>,
  range: TimeRange,
  origin: string,
  change: Partial<SlicePosition> = {},
): SlicePosition {
  assert(range.fromMs < range.toMs, 'a slice has a range');
  return {
    ...NO_COUNTS,
    ...range,
    backfillId,
    worker,
    mode,
    generation,
    nextUrl: boundedUrl(origin, { ...range, limit: PAGE_SIZE }),
    failures: 0,
    ended: false,
    gaps: [],
    unreadable: [],
    answeredWidthMs,
    ...change,
  };
}
