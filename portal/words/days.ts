/** The calendar of a connector: what is known about each day, in UTC (pure). */
import type { Coverage } from '../api/types.ts';
import { daysAfter } from './amounts.ts';

export type DayState = 'complete' | 'filling' | 'waiting' | 'gap' | 'none';

export interface CalendarDay {
  date: string;
  state: DayState;
  events: number;
}

export const DAY_WORDS: Record<DayState, string> = {
  complete: 'complete',
  filling: 'being filled',
  waiting: 'waiting',
  gap: 'gap',
  none: 'not asked for',
};

const DAY_MS = 86_400_000;
/** Live polling has not read the last moments yet: they make no day incomplete. */
const UNREAD_MS = 2 * 3_600_000;

interface Range {
  fromMs: number;
  toMs: number;
}

const rangeOf = ({ from, to }: { from: string; to: string }): Range => ({
  fromMs: Date.parse(from),
  toMs: Date.parse(to),
});

/** Every day of the coverage, oldest first. */
export function calendarDays(
  coverage: Coverage,
  perDay: readonly { date: string; events: number }[],
): CalendarDay[] {
  const { fromMs, toMs } = rangeOf(coverage);
  const [complete, gaps, wanted, open] = [
    coverage.complete,
    coverage.gaps,
    coverage.wanted,
    // What is left of each slice.
    coverage.open.map(({ readTo, to }) => ({ from: readTo, to })),
  ].map((ranges) => ranges.map(rangeOf)) as [Range[], Range[], Range[], Range[]];
  const events = new Map(perDay.map((one) => [one.date, one.events]));
  const days: CalendarDay[] = [];
  for (let startMs = Math.floor(fromMs / DAY_MS) * DAY_MS; startMs < toMs; startMs += DAY_MS) {
    const date = new Date(startMs).toISOString().slice(0, 10);
    const day = { fromMs: Math.max(startMs, fromMs), toMs: Math.min(startMs + DAY_MS, toMs) };
    const state = (): DayState => {
      if (touches(day, gaps)) return 'gap';
      if (touches(day, open)) return 'filling';
      if (missingMs(day, complete) <= (day.toMs === toMs ? UNREAD_MS : 0)) return 'complete';
      return touches(day, wanted) ? 'waiting' : 'none';
    };
    days.push({ date, state: state(), events: events.get(date) ?? 0 });
  }
  return days;
}

const touches = (day: Range, ranges: readonly Range[]): boolean =>
  ranges.some(({ fromMs, toMs }) => fromMs < day.toMs && toMs > day.fromMs);

/** `ranges` do not overlap. */
const missingMs = (day: Range, ranges: readonly Range[]): number =>
  ranges.reduce(
    (left, { fromMs, toMs }) =>
      left - Math.max(0, Math.min(toMs, day.toMs) - Math.max(fromMs, day.fromMs)),
    day.toMs - day.fromMs,
  );

/** Of so many days before the connection. */
export function daysNotComplete(
  days: readonly CalendarDay[],
  connectedAt: string,
  backfillDays: number,
): number {
  const complete = new Set(
    days.filter(({ state }) => state === 'complete').map(({ date }) => date),
  );
  const dates = Array.from({ length: backfillDays }, (_, before) =>
    daysAfter(connectedAt, -1 - before),
  );
  return dates.filter((date) => !complete.has(date)).length;
}

/** 0 is Monday. */
export const weekday = (date: string): number => (new Date(date).getUTCDay() + 6) % 7;

/** The day that a key of the calendar leads to; a column is a week. */
export function dayAfterKey(key: string, at: number, days: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowUp: -1,
    ArrowDown: 1,
    ArrowLeft: -7,
    ArrowRight: 7,
    Home: -at,
    End: days - 1 - at,
  };
  const step = steps[key];
  if (step === undefined) return undefined;
  return Math.min(Math.max(at + step, 0), days - 1);
}
