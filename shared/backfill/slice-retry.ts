/**
 * What to ask for when Okta fails on a slice (docs/okta.md, "Failing queries"): the width that Okta has
 * answered before, the same once more, smaller pages, half of the time; and when nothing helps the
 * stretch is set aside, so that the rest goes on (pure).
 */
import { halfPageSize, PAGE_SIZE, SMALLEST_PAGE_SIZE } from '../okta/log-facts.ts';
import type { UrlFault } from '../okta/logs.ts';
import { boundedUrl, pageSizeOf, widthOf } from '../okta/logs-url.ts';
import type { SlicePosition } from '../storage/positions.ts';
import { HOUR_MS } from '../time.ts';
import { addRange } from '../time-ranges.ts';

const NARROWEST_SPLIT_MS = 2 * 60_000;
const LONGEST_TRY_MS = HOUR_MS;
/** Okta answers 500 for a query that takes too long; what else fails may pass sooner. */
const PATIENCE = { tooSlow: 2, other: 5 };

export type RetryPlan =
  | { kind: 'same' }
  /** The same time, asked for in another way. */
  | { kind: 'restart'; nextUrl: string }
  /** The slice ends at `atMs`; the rest is a slice of its own, `suspect` when it may hold the fault. */
  | { kind: 'split'; nextUrl: string; atMs: number; suspect: boolean }
  /** Nothing helps: what is not read of the slice is set aside. */
  | { kind: 'setAside' };

export interface Failure {
  fault: UrlFault | undefined;
  /** This failure included. */
  failures: number;
  /** Since the first of them. */
  failingForMs: number;
  /** Other requests for this org's log have succeeded since the slice has failed: it is no outage. */
  isOktaWell: boolean;
  /** The widest query that Okta has answered in this backfill, as far as the slice knows. */
  answeredMs: number;
}

/** Everything restarts at what is confirmed, inclusive. */
export function retryPlan(position: SlicePosition, failure: Failure, origin: string): RetryPlan {
  const { fault, failures, failingForMs, isOktaWell, answeredMs } = failure;
  const { toMs, nextUrl, again } = position;
  const fromMs = unreadFrom(position);
  const limit = pageSizeOf(nextUrl);
  const restart = (size: number): RetryPlan => ({
    kind: 'restart',
    nextUrl: boundedUrl(origin, { fromMs, toMs, limit: size }),
  });
  const splitAt = (atMs: number, size: number, suspect: boolean): RetryPlan => {
    const asked = boundedUrl(origin, { fromMs, toMs: atMs, limit: size });
    return { kind: 'split', atMs, nextUrl: asked, suspect };
  };
  const widthMs = toMs - fromMs;
  if (widthMs <= 0) return { kind: 'setAside' };
  // A page that was too large will be so again; a narrower width is known to work, and costs nothing.
  if (fault === 'tooLarge' && limit > SMALLEST_PAGE_SIZE) return restart(halfPageSize(limit));
  if (fault === 'tooSlow' && answeredMs > 0 && (widthOf(nextUrl) ?? 0) > answeredMs)
    return widthMs > answeredMs ? splitAt(fromMs + answeredMs, limit, false) : restart(limit);

  const patience = fault === undefined ? PATIENCE.other : PATIENCE.tooSlow;
  // It was found at fault before: an outage ends the try as well, and the next one is a day away.
  if (again && failures >= patience && failingForMs > LONGEST_TRY_MS) return { kind: 'setAside' };
  if (failures < patience || (!isOktaWell && fault !== 'tooLarge')) return { kind: 'same' };
  if (again) return { kind: 'setAside' };
  const isNarrow = widthMs < NARROWEST_SPLIT_MS;
  if (limit > SMALLEST_PAGE_SIZE && !(position.smallPagesFailed && !isNarrow))
    return restart(
      isNarrow && position.smallPagesFailed ? SMALLEST_PAGE_SIZE : halfPageSize(limit),
    );
  if (isNarrow) return { kind: 'setAside' };
  return splitAt(Math.floor((fromMs + toMs) / 2), PAGE_SIZE, true);
}

/**
 * A slice whose cursor is refused restarts at its last confirmed instant, inclusive (docs/okta.md,
 * "Refused cursors"). What Okta no longer keeps it need not be asked for: it is a gap.
 */
export function restartedSlice(
  position: SlicePosition,
  origin: string,
  keptFromMs: number,
): Partial<SlicePosition> {
  const { toMs, gaps, nextUrl } = position;
  const fromMs = unreadFrom(position);
  if (keptFromMs >= toMs) return { ended: true, gaps: addRange(gaps, { fromMs, toMs }) };
  const asked = { fromMs: Math.max(fromMs, keptFromMs), toMs, limit: pageSizeOf(nextUrl) };
  return { nextUrl: boundedUrl(origin, asked) };
}

/** Where a slice goes on when its cursor is worth nothing any more: the last confirmed instant. */
export const unreadFrom = ({ newestPublishedMs, fromMs }: SlicePosition): number =>
  Math.max(newestPublishedMs ?? fromMs, fromMs);
