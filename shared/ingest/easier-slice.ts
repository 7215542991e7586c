/**
 * What to ask for when Okta fails on a slice, which mostly means that the query took it too long
 * (T17): the same once more, then smaller pages, then half of the time (pure).
 */
import { boundedUrl, limitOf } from '../okta/logs-url.ts';
import type { SlicePosition } from '../storage/checkpoints.ts';

const SMALLEST_PAGE = 125;
const NARROWEST_SPLIT_MS = 2 * 60_000;

export type Easier =
  | { kind: 'same' }
  | { kind: 'smallerPages'; nextUrl: string }
  /** The slice ends at `atMs`; the rest is a slice of its own. */
  | { kind: 'split'; nextUrl: string; atMs: number };

/** `failures` counts this failure; everything restarts at what is confirmed, inclusive. */
export function easierSlice(position: SlicePosition, failures: number, origin: string): Easier {
  if (failures < 2) return { kind: 'same' };
  const fromMs = unreadFrom(position);
  const limit = limitOf(position.nextUrl);
  if (limit > SMALLEST_PAGE) {
    const half = Math.max(SMALLEST_PAGE, Math.floor(limit / 2));
    const { toMs } = position;
    return { kind: 'smallerPages', nextUrl: boundedUrl(origin, { fromMs, toMs, limit: half }) };
  }
  if (position.toMs - fromMs < NARROWEST_SPLIT_MS) return { kind: 'same' };
  const atMs = Math.floor((fromMs + position.toMs) / 2);
  return { kind: 'split', atMs, nextUrl: boundedUrl(origin, { fromMs, toMs: atMs, limit }) };
}

/** Where a slice goes on when its cursor is worth nothing any more: the last confirmed instant. */
export const unreadFrom = ({ newestPublishedMs, fromMs }: SlicePosition): number =>
  Math.max(newestPublishedMs ?? fromMs, fromMs);
