/** Computes where the live chain restarts when its link is at fault (pure). */
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
 * A refused cursor restarts this long before the newest event of the last confirmed page (docs/okta.md,
 * "Refused cursors").
 */
const CURSOR_RESET_MARGIN_MS = 600_000;
/** Smaller pages cost more requests. After this time, full pages are tried again. */
const SMALLER_PAGES_MS = HOUR_MS;

/**
 * Returns a new link that starts shortly before the last confirmed event, limited to the time that Okta
 * keeps. The link asks for smaller pages when pages were too large or took Okta too long (docs/okta.md,
 * "Refused cursors", "Page size"). `failures` includes this failure.
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
 * The first retry uses the same size, the next ones smaller sizes. When the smallest size fails too,
 * the size is not the cause, and the cycle starts again.
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

/** Returns the link to full pages after `SMALLER_PAGES_MS` of smaller pages. */
export function backToFullPages(page: LogsPage, position: LivePosition): string | undefined {
  const { limit, self, dateMs } = page;
  const { smallerPagesAtMs } = position;
  if (limit >= PAGE_SIZE || smallerPagesAtMs === undefined) return undefined;
  if (dateMs - smallerPagesAtMs < SMALLER_PAGES_MS) return undefined;
  const sinceMs = restartMs(position, dateMs);
  return pollingUrl(new URL(self).origin, { sinceMs, limit: PAGE_SIZE });
}

/**
 * Never earlier than the last restart: otherwise, a cursor that is refused at once would move the
 * restart back each time. Events that polling returns after a page were committed after all events of
 * that page were published.
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
