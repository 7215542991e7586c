/**
 * Combines what the slices of a backfill have learned about the width of a query that Okta answers
 * (pure). All slices share the result.
 */
import type { BackfillLedger, SlicePosition } from '../storage/positions.ts';

export interface WidthLesson {
  /** The widest query that was answered. 0 when none was answered yet. */
  answeredMs: number;
  /** The narrowest wider query that failed because of its width. */
  failedMs: number | undefined;
}

type Learnt = Pick<SlicePosition | BackfillLedger, 'answeredWidthMs' | 'failedWidthMs'>;

export function lessonOf(learnt: readonly Learnt[]): WidthLesson {
  const answeredMs = Math.max(0, ...learnt.map(({ answeredWidthMs = 0 }) => answeredWidthMs));
  // A failure that a wider, answered query contradicts had another cause.
  const failed = learnt
    .map(({ failedWidthMs }) => failedWidthMs)
    .filter((width) => width !== undefined && width > answeredMs) as number[];
  return { answeredMs, failedMs: failed.length > 0 ? Math.min(...failed) : undefined };
}

/** The widest query to send: up to twice the answered width, below the failed width. */
export function widestToAsk({ answeredMs, failedMs }: WidthLesson): number {
  if (failedMs === undefined) return Number.POSITIVE_INFINITY;
  if (answeredMs === 0) return Math.floor(failedMs / 2);
  return 2 * answeredMs < failedMs ? 2 * answeredMs : answeredMs;
}

/** The result as stored in a row. */
export const toCells = ({ answeredMs, failedMs }: WidthLesson): Learnt => ({
  answeredWidthMs: answeredMs > 0 ? answeredMs : undefined,
  failedWidthMs: failedMs,
});
