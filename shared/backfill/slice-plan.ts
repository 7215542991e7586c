/**
 * Plans which time range to read next (pure). Slices tile the range of a backfill and share their
 * edges: there is no gap, and the only overlap is the shared instant (docs/okta.md, "Edges of a
 * range"). Two frontiers move towards each other, from the newest end and from the oldest. The time
 * between them is not planned yet.
 */
import { OKTA_RETENTION_MS, PAGE_SIZE } from '../okta/log-facts.ts';
import { DAY_MS } from '../time.ts';
import type { TimeRange } from '../time-ranges.ts';

const MINUTE_MS = 60_000;
const FIRST_WIDTH_MS = DAY_MS;
export const SMALLEST_WIDTH_MS = 15 * MINUTE_MS;
const MAX_WIDTH_MS = 15 * DAY_MS;
/**
 * Wide enough to waste less than 2 % on the last, partial page; narrow enough to share among runners.
 */
const PAGES_PER_SLICE = 50;
/** Limits the growth from slice to slice: a quiet Sunday says little about the week before it. */
const MAX_GROWTH = 8;

export interface Frontiers {
  lowMs: number;
  highMs: number;
}

/** The last finished slice, which shows how dense the log is. */
export interface Density {
  widthMs: number;
  events: number;
}

export type PlanEnd = 'newest' | 'oldest';

/**
 * Returns the next slice, and the frontiers after it. The caller ensures that the frontiers have not
 * met.
 */
export function nextSlice(
  { lowMs, highMs }: Frontiers,
  density: Density | undefined,
  end: PlanEnd,
  widestMs = Number.POSITIVE_INFINITY,
): { slice: TimeRange; frontiers: Frontiers } {
  const width = Math.min(widthFor(density), widestMs, highMs - lowMs);
  // A remainder that is too narrow for a separate slice is included.
  const taken = highMs - lowMs - width < SMALLEST_WIDTH_MS ? highMs - lowMs : width;
  if (end === 'newest') {
    const fromMs = highMs - taken;
    return { slice: { fromMs, toMs: highMs }, frontiers: { lowMs, highMs: fromMs } };
  }
  const toMs = lowMs + taken;
  return { slice: { fromMs: lowMs, toMs }, frontiers: { lowMs: toMs, highMs } };
}

function widthFor(density: Density | undefined): number {
  if (!density) return FIRST_WIDTH_MS;
  const { widthMs, events } = density;
  const ideal = events === 0 ? MAX_WIDTH_MS : (widthMs * PAGES_PER_SLICE * PAGE_SIZE) / events;
  const grown = Math.min(ideal, widthMs * MAX_GROWTH, MAX_WIDTH_MS);
  return Math.floor(Math.max(grown, SMALLEST_WIDTH_MS));
}

/**
 * Analysts need the newest events first. The oldest come first as soon as the estimated duration
 * exceeds the time that Okta still keeps the oldest unread events (docs/okta.md, "Oldest first when
 * time is short").
 */
export function planEnd(
  { lowMs }: Frontiers,
  estimatedMsLeft: number | undefined,
  nowMs: number,
): PlanEnd {
  const slackMs = lowMs + OKTA_RETENTION_MS - nowMs;
  return estimatedMsLeft !== undefined && estimatedMsLeft > slackMs ? 'oldest' : 'newest';
}

/**
 * Number of slices to read in parallel: fewer where the rate limit is small (docs/architecture.md,
 * "Planning").
 */
export function parallelSlices(configured: number, limitPerMinute: number | undefined): number {
  if (limitPerMinute === undefined) return configured;
  return Math.min(configured, Math.max(1, Math.floor(limitPerMinute / 15)));
}
