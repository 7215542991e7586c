/**
 * Which time to read next (pure). A backfill's range is tiled by slices that share their edges: no
 * gap, no overlap but the instant itself (docs/okta.md, "Edges of a range"). Two frontiers close in
 * on each other, from the newest end and from the oldest; between them nothing is planned yet.
 */
import { OKTA_RETENTION_MS, PAGE_SIZE } from '../okta/log-facts.ts';
import { DAY_MS } from '../time.ts';
import type { TimeRange } from '../time-ranges.ts';

const MINUTE_MS = 60_000;
const FIRST_WIDTH_MS = DAY_MS;
export const SMALLEST_WIDTH_MS = 15 * MINUTE_MS;
const MAX_WIDTH_MS = 15 * DAY_MS;
/** Wide enough to lose under 2 % to the last, partial page; narrow enough to share among runners. */
const PAGES_PER_SLICE = 50;
/** A quiet Sunday does not tell much about the week before it. */
const MAX_GROWTH = 8;

export interface Frontiers {
  lowMs: number;
  highMs: number;
}

/** The last finished slice, which tells how dense the log is. */
export interface Density {
  widthMs: number;
  events: number;
}

export type PlanEnd = 'newest' | 'oldest';

/** The next slice, and the frontiers once it is taken. The caller sees to it that something is left. */
export function nextSlice(
  { lowMs, highMs }: Frontiers,
  density: Density | undefined,
  end: PlanEnd,
  widestMs = Number.POSITIVE_INFINITY,
): { slice: TimeRange; frontiers: Frontiers } {
  const width = Math.min(widthFor(density), widestMs, highMs - lowMs);
  // What would be left is not worth a slice of its own.
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
 * Newest first serves the analysts; oldest first as soon as the time still needed would outlast the
 * time that Okta still keeps the oldest unread events (docs/okta.md,
 * "Oldest first when time is short").
 */
export function planEnd(
  { lowMs }: Frontiers,
  estimatedMsLeft: number | undefined,
  nowMs: number,
): PlanEnd {
  const slackMs = lowMs + OKTA_RETENTION_MS - nowMs;
  return estimatedMsLeft !== undefined && estimatedMsLeft > slackMs ? 'oldest' : 'newest';
}

/** Fewer slices at once where the limit is small (docs/architecture.md, "Planning"). */
export function parallelSlices(configured: number, limitPerMinute: number | undefined): number {
  if (limitPerMinute === undefined) return configured;
  return Math.min(configured, Math.max(1, Math.floor(limitPerMinute / 15)));
}
