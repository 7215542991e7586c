/** Where the live chain restarts when its link itself is at fault (pure). */
import {
  halfPageSize,
  OKTA_RETENTION_MS,
  PAGE_SIZE,
  SMALLEST_PAGE_SIZE,
} from '../okta/log-facts.ts';
import type { LogsFailed, LogsPage } from '../okta/logs.ts';
import { pageSizeOf, pollingUrl } from '../okta/logs-url.ts';
import type { LivePosition } from '../storage/positions.ts';
import { HOUR_MS } from '../time.ts';

/**
 * A refused cursor restarts this long before the newest event of the last confirmed page
 * (docs/okta.md, "Refused cursors").
 */
const CURSOR_RESET_MARGIN_MS = 600_000;
/** Smaller pages cost more requests: after this time full pages are tried again. */
const SMALLER_PAGES_MS = HOUR_MS;

/**
 * A new link from a little before what was last confirmed, never from before what Okta keeps; with smaller
 * pages when they were too large, or took Okta too long (docs/okta.md, "Refused cursors", "Page size").
 * `failures` counts this failure.
 */
export function restartAfter(
  { fault, dateMs = 0 }: LogsFailed,
  position: LivePosition,
  failures: number,
  origin: string,
  nowMs: number,
): Partial<LivePosition> {
  const oktaNowMs = dateMs || nowMs;
  const limit = pageSizeOf(position.nextUrl);
  switch (fault) {
    case 'refused': {
      const sinceMs = restartMs(position, oktaNowMs);
      return {
        nextUrl: pollingUrl(origin, { sinceMs, limit: PAGE_SIZE }),
        cursorResets: position.cursorResets + 1,
        resetSinceMs: sinceMs,
      };
    }
    case 'tooLarge':
      return inPagesOf(halfPageSize(limit), position, origin, oktaNowMs);
    case 'tooSlow': {
      const size = sizeAfter(failures);
      return size === undefined ? {} : inPagesOf(size, position, origin, oktaNowMs);
    }
    default:
      return {};
  }
}

/**
 * Once more, then smaller and smaller pages; when the smallest fails as well it is not their size, and the
 * round begins anew.
 */
function sizeAfter(failures: number): number | undefined {
  const sizes = [undefined, PAGE_SIZE / 2, PAGE_SIZE / 4, SMALLEST_PAGE_SIZE, PAGE_SIZE];
  return sizes[(failures - 1) % sizes.length];
}

const inPagesOf = (
  limit: number,
  position: LivePosition,
  origin: string,
  oktaNowMs: number,
): Partial<LivePosition> => ({
  nextUrl: pollingUrl(origin, { sinceMs: restartMs(position, oktaNowMs), limit }),
  smallerPagesAtMs: limit < PAGE_SIZE ? oktaNowMs : undefined,
});

/** The link to full pages again, once smaller ones were read for a while. */
export function backToFullPages(page: LogsPage, position: LivePosition): string | undefined {
  const { limit, self, dateMs } = page;
  const { smallerPagesAtMs } = position;
  if (limit >= PAGE_SIZE || smallerPagesAtMs === undefined) return undefined;
  if (dateMs - smallerPagesAtMs < SMALLER_PAGES_MS) return undefined;
  const sinceMs = restartMs(position, dateMs);
  return pollingUrl(new URL(self).origin, { sinceMs, limit: PAGE_SIZE });
}

/**
 * Never back behind the last restart: a cursor that is refused at once would lead further back each time.
 * What polling returns behind a page was committed later than all of that page was published.
 */
function restartMs(
  { newestPublishedMs, startedAtMs, resetSinceMs }: LivePosition,
  oktaNowMs: number,
) {
  const knownMs = newestPublishedMs ?? startedAtMs;
  const wantedMs = knownMs - CURSOR_RESET_MARGIN_MS;
  const isBack = resetSinceMs !== undefined && wantedMs <= resetSinceMs;
  const sinceMs = isBack ? Math.max(knownMs, resetSinceMs) : wantedMs;
  return Math.max(sinceMs, oktaNowMs - OKTA_RETENTION_MS);
}
