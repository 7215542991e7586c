import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Density,
  type Frontiers,
  nextSlice,
  type PlanEnd,
  parallelSlices,
  planEnd,
} from '../../../shared/backfill/slice-plan.ts';
import type { TimeRange } from '../../../shared/time-ranges.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const T0 = Date.parse('2026-11-23T12:00:00.000Z');
const sixtyDays: Frontiers = { lowMs: T0 - 60 * DAY, highMs: T0 };

/** Plans a whole range. The callbacks choose the end of each step and the density of the last slice. */
function planAll(
  start: Frontiers,
  step: (n: number, slice: TimeRange | undefined) => { end: PlanEnd; density: Density | undefined },
): TimeRange[] {
  const slices: TimeRange[] = [];
  let frontiers = start;
  while (frontiers.lowMs < frontiers.highMs) {
    const { end, density } = step(slices.length, slices.at(-1));
    const planned = nextSlice(frontiers, density, end);
    slices.push(planned.slice);
    frontiers = planned.frontiers;
  }
  return slices;
}

describe('the slices of a backfill', () => {
  it('tile any range exactly, for any density and from either end', () => {
    const steps = fc.array(
      fc.record({
        end: fc.constantFrom<PlanEnd>('newest', 'oldest'),
        events: fc.option(fc.nat(5_000_000), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 50 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 * DAY }), steps, (width, choices) => {
        const range = { lowMs: T0 - width, highMs: T0 };
        const slices = planAll(range, (n, last) => {
          const { end, events } = choices[n % choices.length] ?? { end: 'newest' as const };
          const density =
            last && events !== undefined ? { widthMs: last.toMs - last.fromMs, events } : undefined;
          return { end, density };
        }).toSorted((a, b) => a.fromMs - b.fromMs);

        expect(slices[0]?.fromMs).toBe(range.lowMs);
        expect(slices.at(-1)?.toMs).toBe(range.highMs);
        for (const [n, slice] of slices.entries()) {
          expect(slice.toMs).toBeGreaterThan(slice.fromMs);
          if (n > 0) expect(slice.fromMs).toBe(slices[n - 1]?.toMs);
        }
      }),
    );
  });

  it('start with a day at the newest end', () => {
    const { slice, frontiers } = nextSlice(sixtyDays, undefined, 'newest');
    expect(slice).toEqual({ fromMs: T0 - DAY, toMs: T0 });
    expect(frontiers).toEqual({ lowMs: T0 - 60 * DAY, highMs: T0 - DAY });
  });

  it('cost a quiet org at most a dozen requests', () => {
    const slices = planAll(sixtyDays, (_n, last) => ({
      end: 'newest',
      density: last && { widthMs: last.toMs - last.fromMs, events: 0 },
    }));
    expect(slices.length).toBeLessThanOrEqual(12);
  });

  it('aim at fifty pages in a busy org', () => {
    const density = { widthMs: DAY, events: 1_000_000 };
    const { slice } = nextSlice(sixtyDays, density, 'newest');
    expect((slice.toMs - slice.fromMs) / DAY).toBeCloseTo(0.05, 5);
  });

  it('are at least a quarter of an hour and at most fifteen days wide', () => {
    const flood = nextSlice(sixtyDays, { widthMs: 15 * MINUTE, events: 90_000_000 }, 'newest');
    expect(flood.slice.toMs - flood.slice.fromMs).toBe(15 * MINUTE);
    const silence = nextSlice(sixtyDays, { widthMs: 15 * DAY, events: 0 }, 'newest');
    expect(silence.slice.toMs - silence.slice.fromMs).toBe(15 * DAY);
  });
});

describe('the end that is read next', () => {
  const dayInThePast = (days: number) => ({ lowMs: T0 - days * DAY, highMs: T0 });

  it('is the newest while Okta keeps the oldest events long enough', () => {
    expect(planEnd(dayInThePast(60), 29 * DAY, T0)).toBe('newest');
    expect(planEnd(dayInThePast(60), undefined, T0)).toBe('newest');
  });

  it('is the oldest when the work would take longer than Okta keeps them', () => {
    expect(planEnd(dayInThePast(60), 31 * DAY, T0)).toBe('oldest');
  });
});

describe('parallel slices', () => {
  it('are fewer where the limit is small', () => {
    expect([6, 20, 30, 45, 60, 600].map((limit) => parallelSlices(4, limit))).toEqual([
      1, 1, 2, 3, 4, 4,
    ]);
  });

  it('are as configured until a limit is known', () => {
    expect(parallelSlices(4, undefined)).toBe(4);
  });
});
