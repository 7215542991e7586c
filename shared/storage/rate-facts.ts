/**
 * The row `rate` of table `status`: what the runs of a connector have learned about Okta's rate limit
 * (pure).
 */
import * as z from 'zod';
import type { SeenLimit } from '../okta/governor.ts';
import { HOUR_MS } from '../time.ts';
import { json, number, orAbsent } from './cells.ts';
import type { Row } from './table.ts';

const CONCURRENCY_LIMITED_MS = 10 * 60_000;

const rateFields = z.object({
  limit: orAbsent(number),
  remaining: orAbsent(number),
  resetAtMs: orAbsent(number),
  dateMs: orAbsent(number),
  seenAtMs: orAbsent(number),
  belowFloorAtMs: orAbsent(number),
  /** Written only after a 429. */
  throttledUntilMs: orAbsent(number),
  /** Okta refused concurrent requests: until this time a backfill reads one slice less. */
  concurrencyLimitedUntilMs: orAbsent(number),
  /** 429s by hour: `[hour since the epoch, count]`, the last 25 hours. */
  throttled: orAbsent(json(z.array(z.tuple([z.number(), z.number()])))),
});
export type RateFacts = z.output<typeof rateFields>;

export interface Throttled {
  untilMs: number;
  /** The 429 was caused by concurrent requests, not by the limit per minute. */
  concurrencyLimited: boolean;
}

export const rateOf = (row: Row | undefined): RateFacts => rateFields.parse(row?.cells ?? {});

/** The limit that the last run on any instance stored. */
export function lastSeen(rate: RateFacts): SeenLimit | undefined {
  const { limit, remaining, resetAtMs, dateMs, seenAtMs, belowFloorAtMs } = rate;
  if (limit === undefined || remaining === undefined || resetAtMs === undefined) return undefined;
  if (dateMs === undefined || seenAtMs === undefined) return undefined;
  return { limit, remaining, resetAtMs, dateMs, seenAtMs, belowFloorAtMs };
}

/** The facts after another 429. */
export function withThrottled(
  { throttled: before = [] }: RateFacts,
  { untilMs, concurrencyLimited }: Throttled,
  nowMs: number,
): RateFacts {
  const hour = Math.floor(nowMs / HOUR_MS);
  const throttled = before.filter(([at]) => at > hour - 25 && at !== hour);
  const soFar = before.find(([at]) => at === hour)?.[1] ?? 0;
  throttled.push([hour, soFar + 1]);
  const crowd = concurrencyLimited
    ? { concurrencyLimitedUntilMs: nowMs + CONCURRENCY_LIMITED_MS }
    : {};
  return { throttled, throttledUntilMs: untilMs, ...crowd };
}
