/**
 * Okta's limit headers, read by Okta's own clock (docs/okta.md, "Limit headers"). They come on 200
 * and on 429; seconds since the epoch; a proxy may have joined two of them with a comma, then the
 * first counts.
 */
import type { Chance } from '../chance.ts';
import type { Headers } from './transport.ts';

export interface RateLimit {
  limit: number;
  remaining: number;
  resetAtMs: number;
  /** Okta's `Date` of the same reply. */
  dateMs: number;
}

export interface Throttle {
  /** `concurrency`: too many at once, Okta sends limit 0 and only a hint of a reset. */
  kind: 'window' | 'concurrency' | 'unknown';
  waitMs: number;
}

const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 120_000;
const LONGEST_CONCURRENCY_WAIT_MS = 15_000;
const UNKNOWN_WAIT_MS = 30_000;

/** One header as text; of several values, or of values joined by a comma, the first. */
export function firstValue(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text?.split(',')[0]?.trim();
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;

/** The time of the reply by Okta's clock; ours where Okta does not say. */
export function dateOf(headers: Headers, receivedAtMs: number): number {
  const value = headers.date;
  // An HTTP date holds a comma itself.
  const ms = Date.parse((Array.isArray(value) ? value[0] : value) ?? '');
  return Number.isNaN(ms) ? receivedAtMs : ms;
}

export function readRateLimit(headers: Headers, receivedAtMs: number): RateLimit | undefined {
  const limit = wholeNumber(firstValue(headers, 'x-rate-limit-limit'));
  const remaining = wholeNumber(firstValue(headers, 'x-rate-limit-remaining'));
  const reset = wholeNumber(firstValue(headers, 'x-rate-limit-reset'));
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  // Limit 0 is how Okta reports concurrency; it says nothing about the minute.
  if (limit === 0) return undefined;
  const dateMs = dateOf(headers, receivedAtMs);
  // A window is a minute: a reset far away is nonsense, and must not stop us for longer.
  const resetAtMs = Math.min(reset * 1000, dateMs + LONGEST_WAIT_MS);
  return { limit, remaining, resetAtMs, dateMs };
}

/** How long a 429 asks us to wait: never zero, never for ever. */
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
    return { kind: 'unknown', waitMs: Math.round(UNKNOWN_WAIT_MS * (0.5 + random())) };
  }
  const waitMs = reset * 1000 - dateOf(headers, receivedAtMs) + 1000;
  return { kind: 'window', waitMs: Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS) };
}
