import { describe, expect, it } from 'vitest';
import { HealthChecker } from '../../shared/health.ts';

/** A clock that the test moves; moving it wakes all sleepers. */
function stillClock() {
  let nowMs = 0;
  const sleepers: { atMs: number; wake: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    sleep: (ms: number) =>
      new Promise<void>((wake) => void sleepers.push({ atMs: nowMs + ms, wake })),
    move: (ms: number) => {
      nowMs += ms;
      for (const { atMs, wake } of sleepers) if (atMs <= nowMs) wake();
    },
  };
}

describe('health', () => {
  it('reports for each check only whether it passes', async () => {
    const checks = {
      storage: async () => {},
      vault: async () => {
        throw new Error('the secret reason');
      },
    };
    expect(await new HealthChecker(checks, stillClock()).check()).toEqual({
      status: 'unavailable',
      checks: [
        { name: 'storage', ok: true },
        { name: 'vault', ok: false },
      ],
    });
  });

  it('waits less than five seconds for a first check that hangs, then less than two', async () => {
    const clock = stillClock();
    const hangs = () => new Promise(() => {});
    const checker = new HealthChecker({ settings: async () => {}, storage: hangs }, clock);
    const first = checker.check();
    let isAnswered = false;
    void first.then(() => {
      isAnswered = true;
    });
    clock.move(4_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    clock.move(999);
    expect((await first).status).toBe('unavailable');
    clock.move(10_000);
    const next = checker.check();
    clock.move(1_999);
    expect((await next).status).toBe('unavailable');
  });

  it('runs one check alone for a caller who needs only this one', async () => {
    const hangs = () => new Promise(() => {});
    const checker = new HealthChecker({ storage: async () => {}, vault: hangs }, stillClock());
    expect(await checker.passes('storage')).toBe(true);
  });

  it('is cached for ten seconds, good or bad', async () => {
    const clock = stillClock();
    let [asked, works] = [0, false];
    const check = async () => {
      asked++;
      if (!works) throw new Error('away');
    };
    const checker = new HealthChecker({ storage: check }, clock);
    const statusNow = async () => (await checker.check()).status;
    expect(await Promise.all([statusNow(), statusNow()])).toEqual(['unavailable', 'unavailable']);
    works = true;
    clock.move(9_999);
    expect([await statusNow(), asked]).toEqual(['unavailable', 1]);
    clock.move(1);
    expect([await statusNow(), asked]).toEqual(['ok', 2]);
  });
});
