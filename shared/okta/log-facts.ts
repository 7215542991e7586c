/** Numbers of Okta's System Log that live polling and backfill share. */
import { OKTA_RETENTION_DAYS } from '../connector-limits.ts';
import { DAY_MS } from '../time.ts';

/**
 * Requested explicitly: Okta's default of 100 is too slow for a busy org (docs/okta.md, "Page
 * size").
 */
export const PAGE_SIZE = 1000;
/** The smallest page size of retries: below it, the size is hardly the cause of a failure. */
export const SMALLEST_PAGE_SIZE = 125;
export const halfPageSize = (limit: number): number =>
  Math.max(SMALLEST_PAGE_SIZE, Math.floor(limit / 2));
/** A query for a longer time succeeds and returns the remaining events (docs/okta.md, "Retention"). */
export const OKTA_RETENTION_MS = OKTA_RETENTION_DAYS * DAY_MS;
/**
 * Live starts this long before the connection, so that live reads the events that bounded queries
 * show late (docs/okta.md, "Where live begins").
 */
export const LIVE_OVERLAP_MS = DAY_MS;
