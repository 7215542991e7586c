import { describe, expect, it } from 'vitest';
import { roundRobin } from '../../../shared/housekeeping/round-robin.ts';

/**
 * Shares a minute among eight items, each with an hour's work, in shares of ten seconds. Returns each
 * item's time.
 */
async function minute(turn: number, failing?: string) {
  let nowMs = 0;
  const items = [...'abcdefgh'].map((id) => ({ id }));
  const got: Record<string, number> = {};
  const failed: string[] = [];
  await roundRobin(
    items,
    {
      clock: { nowMs: () => nowMs },
      turn,
      budgetMs: 60_000,
      shareMs: 10_000,
      failed: (id) => void failed.push(id),
    },
    async ({ id }, outOfTime) => {
      if (id === failing) throw new Error('this one fails');
      const startedAtMs = nowMs;
      while (!outOfTime()) nowMs += 500;
      got[id] = nowMs - startedAtMs;
    },
  );
  return { got, failed, tookMs: nowMs };
}

describe('a budget shared among many', () => {
  it('limits each item to its share, and ends', async () => {
    const { got, tookMs } = await minute(0);
    expect(got).toEqual({ a: 10e3, b: 10e3, c: 10e3, d: 10e3, e: 10e3, f: 10e3 });
    expect(tookMs).toBe(60_000);
  });

  it('begins with a different item each time, so that every item is reached', async () => {
    const served = new Set<string>();
    for (const turn of [1000, 1001, 1002])
      for (const id of Object.keys((await minute(turn)).got)) served.add(id);
    expect(served.size).toBe(8);
    expect(Object.keys((await minute(7)).got)).toEqual([...'habcde']);
  });

  it('continues after a failed item, and reports the failure', async () => {
    const { got, failed } = await minute(0, 'b');
    expect(failed).toEqual(['b']);
    expect(Object.keys(got)).toEqual([...'acdefg']);
  });

  it('does nothing without items', async () => {
    const shares = {
      turn: 3,
      budgetMs: 1,
      shareMs: 1,
      clock: { nowMs: () => 0 },
      failed: () => {},
    };
    await expect(roundRobin([], shares, async () => {})).resolves.toBeUndefined();
  });
});
