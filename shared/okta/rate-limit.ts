/**
 * Okta's limit headers, on 200 and on 429 (docs/okta.md, "Limit headers"). The reset is in seconds
 * since the epoch, by Okta's clock. When a proxy has joined two headers with a comma, the first
 * counts.
 */
import type { Chance } from '../chance.ts';
import { DAY_MS } from '../time.ts';
import type { Headers } from './transport.ts';

export interface RateLimit {
  limit: number;
  remaining: number;
  resetAtMs: number;
  /** Okta's `Date` of the same reply. */
  dateMs: number;
}

export interface Throttle {
  /**
   * `concurrency`: too many concurrent requests. Okta then sends limit 0 and only a hint of a
   * reset.
   */
  kind: 'window' | 'concurrency' | 'unknown';
  waitMs: number;
}

const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 120_000;
const LONGEST_CONCURRENCY_WAIT_MS = 15_000;
const UNKNOWN_WAIT_MS = 30_000;

/** A header as text: the first of several values, also of values joined by a comma. */
export function firstValue(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text?.split(',')[0]?.trim();
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;

/**
 * The time of the reply by Okta's clock. By the app's clock without a `Date` header, or with one that
 * is more than a day away from it: only a broken proxy sends such a date.
 */
export function dateOf(headers: Headers, receivedAtMs: number): number {
  const ms = httpDate(headers, 'date');
  return ms !== undefined && Math.abs(ms - receivedAtMs) <= DAY_MS ? ms : receivedAtMs;
}

/** The wait that the reply requests: in seconds, or until an HTTP date. */
export function retryAfterMs(headers: Headers, receivedAtMs: number): number | undefined {
  const seconds = wholeNumber(firstValue(headers, 'retry-after'));
  const atMs = httpDate(headers, 'retry-after');
  if (seconds === undefined && atMs === undefined) return undefined;
  const waitMs =
    seconds === undefined ? (atMs ?? 0) - dateOf(headers, receivedAtMs) : seconds * 1000;
  return Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
}

/** An HTTP date contains a comma. */
function httpDate(headers: Headers, name: string): number | undefined {
  const value = headers[name];
  const text = (Array.isArray(value) ? value[0] : value) ?? '';
  const ms = /GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

export function readRateLimit(headers: Headers, receivedAtMs: number): RateLimit | undefined {
  const limit = wholeNumber(firstValue(headers, 'x-rate-limit-limit'));
  const remaining = wholeNumber(firstValue(headers, 'x-rate-limit-remaining'));
  const reset = wholeNumber(firstValue(headers, 'x-rate-limit-reset'));
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  // Okta reports a concurrency limit as limit 0, which is not the limit per minute.
  if (limit === 0) return undefined;
  const dateMs = dateOf(headers, receivedAtMs);
  // A window is a minute: a reset far in the future is invalid and must not stop requests for
  // longer.
  const resetAtMs = Math.min(reset * 1000, dateMs + LONGEST_WAIT_MS);
  return { limit, remaining, resetAtMs, dateMs };
}

/** The wait after a 429: at least the minimum, and bounded. */
export function throttleWaitMs(
  headers: Headers,
  receivedAtMs: number,
  { random }: Pick<Chance, 'random'>,
): Throttle {
  if (wholeNumber(firstValue(headers, 'x-rate-limit-limit')) === 0) {
    const spread = LONGEST_CONCURRENCY_WAIT_MS - SHORTEST_WAIT_MS;
    return { kind: 'concurrency', waitMs: Math.round(SHORTEST_WAIT_MS + random() * spread) };
  }
  const reset = wholeNumber(firstValue(headers, 'x-rate-limit-reset'));
  if (reset === undefined) {
    const spread = Math.round(UNKNOWN_WAIT_MS * (0.5 + random()));
    return { kind: 'unknown', waitMs: retryAfterMs(headers, receivedAtMs) ?? spread };
  }
  const waitMs = reset * 1000 - dateOf(headers, receivedAtMs) + 1000;
  return { kind: 'window', waitMs: Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS) };
}
