/**
 * Decides how to retry a slice that Okta fails to answer (docs/okta.md, "Failing queries"): with a
 * width that Okta has answered before, unchanged, with smaller pages, or with half of the time. When
 * nothing helps, the range is set aside and the backfill continues without it (pure).
 */
import { halfPageSize, PAGE_SIZE, SMALLEST_PAGE_SIZE } from '../okta/log-facts.ts';
import type { UrlFault } from '../okta/logs.ts';
import { boundedUrl, pageSizeOf, widthOf } from '../okta/logs-url.ts';
import type { SlicePosition } from '../storage/positions.ts';
import { HOUR_MS } from '../time.ts';
import { addRange } from '../time-ranges.ts';

const NARROWEST_SPLIT_MS = 2 * 60_000;
const LONGEST_TRY_MS = HOUR_MS;
/**
 * Failures before the query is changed. Okta answers 500 for a query that takes too long; other
 * failures may be temporary.
 */
const PATIENCE = { tooSlow: 2, other: 5 };

export type RetryPlan =
  | { kind: 'same' }
  /** The same range, with a changed query. */
  | { kind: 'restart'; nextUrl: string }
  /**
   * The slice ends at `atMs`. The remainder becomes a separate slice, `suspect` when it may contain the
   * fault.
   */
  | { kind: 'split'; nextUrl: string; atMs: number; suspect: boolean }
  /** All attempts failed: the unread part of the slice is set aside. */
  | { kind: 'setAside' };

export interface Failure {
  fault: UrlFault | undefined;
  /** Number of consecutive failures, including this failure. */
  failures: number;
  /** Time since the first of these failures. */
  failingForMs: number;
  /**
   * Other requests for this org's log have succeeded since the slice began to fail, so Okta has no
   * outage.
   */
  isOktaWell: boolean;
  /** The widest query that Okta has answered in this backfill, as far as the slice has recorded. */
  answeredMs: number;
}

/** Every new query starts at the last confirmed instant, inclusive. */
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
  // A page that was too large fails again. A narrower width is known to work, and costs nothing.
  if (fault === 'tooLarge' && limit > SMALLEST_PAGE_SIZE) return restart(halfPageSize(limit));
  if (fault === 'tooSlow' && answeredMs > 0 && (widthOf(nextUrl) ?? 0) > answeredMs)
    return widthMs > answeredMs ? splitAt(fromMs + answeredMs, limit, false) : restart(limit);

  const patience = fault === undefined ? PATIENCE.other : PATIENCE.tooSlow;
  // This range failed before. An outage also ends the attempt: the next attempt follows a day later.
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
 * Restarts a slice whose cursor Okta refuses at its last confirmed instant, inclusive (docs/okta.md,
 * "Refused cursors"). Time that Okta no longer keeps is not requested: it is recorded as a gap.
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

/** The instant at which a slice resumes when its cursor is no longer valid: the last confirmed one. */
export const unreadFrom = ({ newestPublishedMs, fromMs }: SlicePosition): number =>
  Math.max(newestPublishedMs ?? fromMs, fromMs);
