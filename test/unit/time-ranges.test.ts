import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRange, subtractRanges, type TimeRange, totalMs } from '../../shared/time-ranges.ts';

const range = fc
  .tuple(fc.nat(1000), fc.integer({ min: 1, max: 200 }))
  .map(([fromMs, width]): TimeRange => ({ fromMs, toMs: fromMs + width }));
const instants = (ranges: readonly TimeRange[]) =>
  new Set(
    ranges.flatMap(({ fromMs, toMs }) =>
      Array.from({ length: toMs - fromMs }, (_, n) => fromMs + n),
    ),
  );

describe('a set of ranges', () => {
  it('contains exactly the instants that were added, merged and sorted', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (added) => {
        const set = added.reduce<TimeRange[]>(addRange, []);
        expect(instants(set)).toEqual(instants(added));
        expect(totalMs(set)).toBe(instants(added).size);
        for (const [n, one] of set.entries())
          expect(one.fromMs).toBeGreaterThan(set[n - 1]?.toMs ?? Number.NEGATIVE_INFINITY);
      }),
    );
  });

  it('joins neighbours that share an edge', () => {
    expect(addRange([{ fromMs: 0, toMs: 10 }], { fromMs: 10, toMs: 20 })).toEqual([
      { fromMs: 0, toMs: 20 },
    ]);
  });

  it('ignores an empty range', () => {
    expect(addRange([], { fromMs: 5, toMs: 5 })).toEqual([]);
  });

  it('returns the parts of a range that are not in the set', () => {
    fc.assert(
      fc.property(range, fc.array(range, { maxLength: 8 }), (whole, taken) => {
        const left = subtractRanges(whole, taken);
        expect(instants(left)).toEqual(instants([whole]).difference(instants(taken)));
      }),
    );
  });
});
