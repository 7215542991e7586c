/**
 * What to ask for when Okta fails on a slice, which mostly means that the query took it too long
 * (docs/okta.md, "Failing queries"): the same once more, then smaller pages, then half of the time
 * (pure).
 */
import { halfPageSize, SMALLEST_PAGE_SIZE } from '../okta/log-facts.ts';
import type { UrlFault } from '../okta/logs.ts';
import { boundedUrl, pageSizeOf } from '../okta/logs-url.ts';
import type { SlicePosition } from '../storage/positions.ts';
import { addRange } from '../time-ranges.ts';

const NARROWEST_SPLIT_MS = 2 * 60_000;

export type RetryPlan =
  | { kind: 'same' }
  | { kind: 'smallerPages'; nextUrl: string }
  /** The slice ends at `atMs`; the rest is a slice of its own. */
  | { kind: 'split'; nextUrl: string; atMs: number };

/**
 * `failures` counts this failure; everything restarts at what is confirmed, inclusive. A page that was
 * too large will be so again: it is not asked for once more.
 */
export function retryPlan(
  position: SlicePosition,
  fault: UrlFault,
  failures: number,
  origin: string,
): RetryPlan {
  if (failures < 2 && fault !== 'tooLarge') return { kind: 'same' };
  const fromMs = unreadFrom(position);
  const limit = pageSizeOf(position.nextUrl);
  if (limit > SMALLEST_PAGE_SIZE) {
    const asked = { fromMs, toMs: position.toMs, limit: halfPageSize(limit) };
    return { kind: 'smallerPages', nextUrl: boundedUrl(origin, asked) };
  }
  if (position.toMs - fromMs < NARROWEST_SPLIT_MS) return { kind: 'same' };
  const atMs = Math.floor((fromMs + position.toMs) / 2);
  return { kind: 'split', atMs, nextUrl: boundedUrl(origin, { fromMs, toMs: atMs, limit }) };
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
