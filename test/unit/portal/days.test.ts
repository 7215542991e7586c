import { describe, expect, it } from 'vitest';
import type { Coverage } from '../../../portal/api/types.ts';
import { calendarDays, dayAfterKey, daysNotComplete, weekday } from '../../../portal/words/days.ts';

const at = (day: number, hour = 0) => new Date(Date.UTC(2026, 10, day, hour)).toISOString();
const range = (from: string, to: string) => ({ from, to });
const coverage = (change: Partial<Coverage> = {}): Coverage => ({
  ...range(at(1, 9), at(6, 12)),
  complete: [],
  gaps: [],
  wanted: [],
  open: [],
  ...change,
});
const states = (change: Partial<Coverage>) =>
  calendarDays(coverage(change), []).map(({ state }) => state);

describe('a day of the calendar', () => {
  it('is complete when all of it that was asked for is, but for the last moments', () => {
    const complete = [range(at(1, 9), at(3)), range(at(3, 1), at(6, 11))];
    expect(states({ complete })).toEqual([
      'complete',
      'complete',
      'none',
      'complete',
      'complete',
      'complete',
    ]);
    expect(states({ complete: [range(at(5), at(6, 9))] }).slice(-2)).toEqual(['complete', 'none']);
  });

  it('is a gap, being filled, waiting or not asked for, in this order', () => {
    const open = [{ ...range(at(2, 5), at(3, 5)), readTo: at(2, 6) }];
    const gaps = [{ ...range(at(3, 1), at(3, 2)), reason: 'retention' as const }];
    const wanted = [range(at(2), at(5))];
    expect(states({ open, gaps, wanted })).toEqual([
      'none',
      'filling',
      'gap',
      'waiting',
      'none',
      'none',
    ]);
  });

  it('is complete where a slice that is still open has been read', () => {
    const open = [{ ...range(at(2), at(5)), readTo: at(4, 6) }];
    const complete = [range(at(2), at(4, 6))];
    expect(states({ open, complete, wanted: [range(at(2), at(5))] }).slice(1, 4)).toEqual([
      'complete',
      'complete',
      'filling',
    ]);
  });

  it('has its events', () => {
    const days = calendarDays(coverage(), [{ date: '2026-11-02', events: 7 }]);
    expect(days.map(({ date, events }) => [date, events]).slice(0, 2)).toEqual([
      ['2026-11-01', 0],
      ['2026-11-02', 7],
    ]);
  });
});

it('days before the connection that are not complete are counted, known or not', () => {
  const days = calendarDays(
    coverage({ complete: [range(at(1, 9), at(3)), range(at(5), at(6))] }),
    [],
  );
  expect(daysNotComplete(days, at(6, 12), 5)).toBe(2);
  expect(daysNotComplete(days, at(6, 12), 7)).toBe(4);
  expect(daysNotComplete(days, at(6, 12), 0)).toBe(0);
});

it('a week begins on Monday', () => {
  expect(weekday('2026-11-02')).toBe(0);
  expect(weekday('2026-11-01')).toBe(6);
});

it('keys move by day and week, and never out of the calendar', () => {
  expect(dayAfterKey('ArrowDown', 3, 20)).toBe(4);
  expect(dayAfterKey('ArrowLeft', 3, 20)).toBe(0);
  expect(dayAfterKey('ArrowRight', 3, 20)).toBe(10);
  expect(dayAfterKey('End', 3, 20)).toBe(19);
  expect(dayAfterKey('Home', 3, 20)).toBe(0);
  expect(dayAfterKey('a', 3, 20)).toBeUndefined();
});
