import { describe, expect, it } from 'vitest';
import { clip, coverageOf } from '../../../shared/status/coverage.ts';
import { aLedger, aLivePosition, aSlicePosition, DAY, HOUR, NOW } from '../../support/samples.ts';

const days = (from: number, to: number) => ({ fromMs: NOW - from * DAY, toMs: NOW - to * DAY });
const NOTHING = { live: undefined, backfill: undefined, earlier: [] };

describe('the covered time', () => {
  it('is live polling from its start to its last poll that reached the end', () => {
    const live = aLivePosition({ startedAtMs: NOW - DAY, caughtUpAtMs: NOW - HOUR });
    expect(coverageOf({ ...NOTHING, live })).toEqual({
      complete: [{ fromMs: NOW - DAY, toMs: NOW - HOUR }],
      gaps: [],
      wanted: [],
      open: [],
    });
    expect(coverageOf({ ...NOTHING, live: aLivePosition() }).complete).toEqual([]);
  });

  it('includes finished parts of backfills, and open slices as far as they are confirmed', () => {
    const open = [aSlicePosition({ ...days(20, 10), newestPublishedMs: NOW - 15 * DAY })];
    const ledger = aLedger({ finished: [days(10, 5)] });
    const earlier = [aLedger({ finished: [days(40, 30)], state: 'Succeeded' })];
    const { complete } = coverageOf({ live: undefined, backfill: { ledger, open }, earlier });
    expect(complete).toEqual([days(40, 30), days(20, 15), days(10, 5)]);
  });

  it('excludes time that a verify has only staged', () => {
    const ledger = aLedger({ mode: 'verify', finished: [days(10, 5)] });
    const read = { ...NOTHING, backfill: { ledger, open: [] } };
    expect(coverageOf(read).complete).toEqual([]);
    const over = aLedger({ ...ledger, state: 'Succeeded' });
    expect(coverageOf({ ...NOTHING, backfill: { ledger: over, open: [] } }).complete).toHaveLength(
      1,
    );
  });

  it('never contains an instant of a gap, nor a gap twice', () => {
    const live = aLivePosition({
      startedAtMs: NOW - 100 * DAY,
      caughtUpAtMs: NOW,
      gaps: [days(99, 90)],
    });
    const ledger = aLedger({ gaps: [days(100, 95)], finished: [days(97, 96)] });
    const covered = coverageOf({ live, backfill: { ledger, open: [] }, earlier: [] });
    expect(covered.complete).toEqual([days(100, 99), days(97, 96), days(90, 0)]);
    expect(covered.gaps.map(({ reason, ...range }) => [reason, range])).toEqual([
      ['outage', days(99, 97)],
      ['outage', days(96, 90)],
    ]);
  });

  it('distinguishes requested ranges from ranges in progress', () => {
    const open = [
      aSlicePosition({ ...days(20, 10), newestPublishedMs: NOW - 15 * DAY }),
      aSlicePosition(days(30, 20)),
      aSlicePosition({ ...days(40, 30), newestPublishedMs: NOW - 35 * DAY, ended: true }),
    ];
    const backfill = { ledger: aLedger(days(60, 5)), open };
    const earlier = [
      aLedger({ ...days(70, 60), state: 'Succeeded' }),
      aLedger({ ...days(90, 80), state: 'Canceled' }),
    ];
    const covered = coverageOf({ live: undefined, backfill, earlier });
    expect(covered.wanted).toEqual([days(70, 5)]);
    expect(covered.open).toEqual([
      { ...days(40, 30), readToMs: NOW - 30 * DAY },
      { ...days(30, 20), readToMs: NOW - 30 * DAY },
      { ...days(20, 10), readToMs: NOW - 15 * DAY },
    ]);
    expect(clip(covered, days(18, 12))).toMatchObject({
      wanted: [days(18, 12)],
      open: [{ ...days(18, 12), readToMs: NOW - 15 * DAY }],
    });
    expect(clip(covered, days(14, 12)).open).toEqual([
      { ...days(14, 12), readToMs: NOW - 14 * DAY },
    ]);
  });

  it('has no open ranges after the backfill has ended', () => {
    const ledger = aLedger({ ...days(60, 5), state: 'Canceled' });
    const covered = coverageOf({ ...NOTHING, backfill: { ledger, open: [aSlicePosition()] } });
    expect(covered).toMatchObject({ wanted: [], open: [] });
  });

  it('can be cut to a range', () => {
    const live = aLivePosition({ startedAtMs: NOW - 9 * DAY, caughtUpAtMs: NOW });
    const covered = clip(coverageOf({ ...NOTHING, live }), days(20, 5));
    expect(covered).toEqual({ complete: [days(9, 5)], gaps: [], wanted: [], open: [] });
  });
});
