/**
 * What all slices of a backfill have learnt about the width of a query that Okta answers (pure): one
 * lesson serves them all.
 */
import type { BackfillLedger, SlicePosition } from '../storage/positions.ts';

export interface WidthLesson {
  /** The widest query that was answered; 0 when none was yet. */
  answeredMs: number;
  /** The narrowest query, wider than that, that has failed for its width. */
  failedMs: number | undefined;
}

type Learnt = Pick<SlicePosition | BackfillLedger, 'answeredWidthMs' | 'failedWidthMs'>;

export function lessonOf(learnt: readonly Learnt[]): WidthLesson {
  const answeredMs = Math.max(0, ...learnt.map(({ answeredWidthMs = 0 }) => answeredWidthMs));
  // A failure that a wider query contradicts was about something else.
  const failed = learnt
    .map(({ failedWidthMs }) => failedWidthMs)
    .filter((width) => width !== undefined && width > answeredMs) as number[];
  return { answeredMs, failedMs: failed.length > 0 ? Math.min(...failed) : undefined };
}

/** The widest query to ask for: up to twice what was answered, below what has failed. */
export function widestToAsk({ answeredMs, failedMs }: WidthLesson): number {
  if (failedMs === undefined) return Number.POSITIVE_INFINITY;
  if (answeredMs === 0) return Math.floor(failedMs / 2);
  return 2 * answeredMs < failedMs ? 2 * answeredMs : answeredMs;
}

/** The lesson as it is kept in a row. */
export const toCells = ({ answeredMs, failedMs }: WidthLesson): Learnt => ({
  answeredWidthMs: answeredMs > 0 ? answeredMs : undefined,
  failedWidthMs: failedMs,
});
