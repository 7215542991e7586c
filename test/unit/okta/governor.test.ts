import { describe, expect, it } from 'vitest';
import {
  floorOf,
  Governor,
  type SeenLimit,
  type Sender,
  waitBeforeSendMs,
} from '../../../shared/okta/governor.ts';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const RESERVE_PERCENT = 10;

/** By default a limit of 60 requests a minute, in the middle of its window. */
const limitSeen = (change: Partial<SeenLimit> = {}): SeenLimit => ({
  limit: 60,
  remaining: 36,
  resetAtMs: NOW + 30_000,
  dateMs: NOW,
  seenAtMs: NOW,
  ...change,
});
const backfill = (change: Partial<Sender> = {}): Sender => ({
  kind: 'backfill',
  firstOfRun: false,
  chains: 1,
  liveBehind: false,
  pollIntervalMs: 0,
  ...change,
});
const wait = (seen: SeenLimit | undefined, sender: Sender, lastSentAtMs?: number, nowMs = NOW) =>
  waitBeforeSendMs(seen, sender, lastSentAtMs, nowMs, RESERVE_PERCENT);

describe('the floor', () => {
  it('is the reserve in percent, and at least the requests in flight and two more', () => {
    expect(floorOf(600, 5, 10)).toBe(60);
    expect(floorOf(60, 3, 10)).toBe(6);
    expect(floorOf(10, 1, 10)).toBe(4);
  });
});

describe('the governor', () => {
  it('sends at once while no limit is known', () => {
    expect(wait(undefined, backfill())).toBe(0);
  });

  it('spreads the requests above the floor over the time to the reset', () => {
    // 30 requests above the floor of 6, and 30 s left: one request per second.
    expect(wait(limitSeen(), backfill(), NOW)).toBe(1000);
  });

  it('shares these requests among the open chains', () => {
    expect(wait(limitSeen(), backfill({ chains: 3 }), NOW)).toBe(3000);
  });

  it('counts the interval from the last request, so that a slow page costs no extra wait', () => {
    expect(wait(limitSeen(), backfill(), NOW - 5000)).toBe(0);
  });

  it('slows down when another client uses up the bucket', () => {
    const calm = wait(limitSeen({ remaining: 36 }), backfill(), NOW);
    const drained = wait(limitSeen({ remaining: 12 }), backfill(), NOW);
    expect(drained).toBeGreaterThan(calm);
  });

  it('waits at the floor for the new window, and a second longer because Okta counts in whole seconds', () => {
    expect(wait(limitSeen({ remaining: 6 }), backfill())).toBe(31_000);
  });

  it('continues when the known window has ended', () => {
    const later = NOW + 31_001;
    expect(wait(limitSeen({ remaining: 0 }), backfill(), NOW, later)).toBe(0);
  });

  it('uses the clock of Okta, independent of the clock of the app', () => {
    const skewed = limitSeen({ resetAtMs: NOW + 3_630_000, dateMs: NOW + 3_600_000 });
    expect(wait(skewed, backfill(), NOW)).toBe(1000);
  });

  it('lets only the first page of a live run go below the floor', () => {
    const atFloor = limitSeen({ remaining: 3 });
    const live: Sender = {
      kind: 'live',
      firstOfRun: true,
      chains: 1,
      liveBehind: false,
      pollIntervalMs: 60_000,
    };
    expect(wait(atFloor, live)).toBe(0);
    expect(wait(atFloor, { ...live, firstOfRun: false })).toBeGreaterThan(0);
    expect(wait(limitSeen({ remaining: 0 }), live)).toBeGreaterThan(0);
  });

  it('leaves backfill a tenth while live is not caught up', () => {
    expect(wait(limitSeen(), backfill({ liveBehind: true }), NOW)).toBe(10_000);
  });

  it('still lets a backfill advance at six requests a minute', () => {
    const small = limitSeen({ limit: 6, remaining: 5, resetAtMs: NOW + 60_000 });
    expect(wait(small, backfill())).toBe(0);
  });
});

describe('the limit that the governor knows', () => {
  it('is the lowest remaining count of a window, because replies arrive out of order', () => {
    const governor = new Governor();
    governor.saw('contoso', limitSeen({ remaining: 20 }));
    governor.saw('contoso', limitSeen({ remaining: 22 }));
    expect(governor.seen('contoso')?.remaining).toBe(20);
  });

  it('is replaced by a new window, and not by a late reply of an old window', () => {
    const governor = new Governor();
    const next = limitSeen({ resetAtMs: NOW + 90_000, remaining: 59 });
    governor.saw('contoso', limitSeen({ remaining: 20 }));
    governor.saw('contoso', next);
    governor.saw('contoso', limitSeen({ remaining: 19 }));
    expect(governor.seen('contoso')).toEqual(next);
  });

  it('is replaced by an earlier reset once its own window has ended', () => {
    const governor = new Governor();
    governor.saw('contoso', limitSeen({ resetAtMs: NOW + 120_000, remaining: 0 }));
    const later = limitSeen({ resetAtMs: NOW + 60_000, seenAtMs: NOW + 121_000, remaining: 59 });
    governor.saw('contoso', later);
    expect(governor.seen('contoso')).toEqual(later);
  });

  it('is zero after a refusal, even when the refusal names an earlier reset than the known window', () => {
    const governor = new Governor();
    governor.saw('contoso', limitSeen({ resetAtMs: NOW + 50_000, remaining: 40 }));
    const refusal = limitSeen({ resetAtMs: NOW + 20_000, remaining: 3 });
    governor.saw('contoso', refusal, 'refused');
    expect(governor.seen('contoso')).toEqual({ ...refusal, remaining: 0 });
  });

  it('keeps the time of the last request below the floor, whatever replies follow', () => {
    const governor = new Governor();
    governor.saw('contoso', limitSeen({ remaining: 7 }));
    governor.sending('contoso', 6, NOW);
    expect(governor.seen('contoso')?.belowFloorAtMs).toBeUndefined();
    governor.sending('contoso', 6, NOW + 1);
    governor.saw('contoso', limitSeen({ remaining: 5, seenAtMs: NOW + 2 }));
    governor.saw(
      'contoso',
      limitSeen({ resetAtMs: NOW + 90_000, remaining: 59, seenAtMs: NOW + 3 }),
    );
    expect(governor.seen('contoso')?.belowFloorAtMs).toBe(NOW + 1);
    // The window has ended: its number no longer counts.
    governor.saw('contoso', limitSeen({ remaining: 0 }));
    governor.sending('contoso', 6, NOW + 200_000);
    expect(governor.seen('contoso')?.belowFloorAtMs).toBe(NOW + 1);
  });

  it('includes a request in flight', () => {
    const governor = new Governor();
    governor.saw('contoso', limitSeen({ remaining: 20 }));
    governor.sending('contoso', 6, NOW);
    expect(governor.seen('contoso')?.remaining).toBe(19);
  });
});
