/**
 * URLs of `/api/v1/logs` (docs/okta.md, "Query parameters"): first URLs of chains, and next links.
 */
import { isoTime } from '../iso-time.ts';

export const LOGS_PATH = '/api/v1/logs';
const DEFAULT_LIMIT = 100;

/**
 * The first URL of a polling chain: `since` without `until`, ascending (docs/okta.md,
 * "Polling and bounded queries", "Explicit since").
 */
export function pollingUrl(
  origin: string,
  { sinceMs, limit }: { sinceMs: number; limit: number },
): string {
  const query = new URLSearchParams({
    since: isoTime(sinceMs),
    sortOrder: 'ASCENDING',
    limit: String(limit),
  });
  return `${origin}${LOGS_PATH}?${query}`;
}

/** The first URL of a bounded chain: ordered by `published`, finite. */
export function boundedUrl(
  origin: string,
  { fromMs, toMs, limit }: { fromMs: number; toMs: number; limit: number },
): string {
  const query = new URLSearchParams({
    since: isoTime(fromMs),
    until: isoTime(toMs),
    sortOrder: 'ASCENDING',
    limit: String(limit),
  });
  return `${origin}${LOGS_PATH}?${query}`;
}

/**
 * `until` or a descending order would silently turn polling into a bounded query (docs/okta.md,
 * "Only polling links").
 */
export function isPollingUrl(url: string): boolean {
  const query = new URL(url).searchParams;
  // Okta echoes parameters that are empty.
  const isEndless = query.getAll('until').every((end) => end === '');
  return isEndless && query.get('sortOrder')?.toUpperCase() !== 'DESCENDING';
}

/** The page size is part of the link (docs/okta.md, "Page size"). */
export function pageSizeOf(url: string): number {
  const text = new URL(url).searchParams.get('limit') ?? '';
  return /^\d{1,4}$/.test(text) ? Number(text) : DEFAULT_LIMIT;
}

/**
 * The same page under the org's present name: a cursor stays valid when the org is renamed, and the old
 * name may no longer resolve (docs/okta.md, "Next links").
 */
export function underPresentName(url: string, origin: string): string {
  const { origin: named, pathname, search } = new URL(url);
  return named === origin ? url : `${origin}${pathname}${search}`;
}

/** The start of the query; undefined for a URL without `since`. */
export function sinceOf(url: string): number | undefined {
  const ms = Date.parse(new URL(url).searchParams.get('since') ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

/** The width of a bounded query, in milliseconds; undefined for any other query. */
export function widthOf(url: string): number | undefined {
  const untilMs = Date.parse(new URL(url).searchParams.get('until') ?? '');
  const sinceMs = sinceOf(url);
  return Number.isNaN(untilMs) || sinceMs === undefined ? undefined : untilMs - sinceMs;
}

export const hasCursor = (url: string): boolean => !!new URL(url).searchParams.get('after');
