import { describe, expect, it } from 'vitest';
import { inTurns } from '../../shared/in-turns.ts';

const ITEMS = Array.from({ length: 40 }, (_, n) => ({ id: String(n).padStart(2, '0') }));

/** A run that has time for so many. */
async function run(after: string, most: number, failing?: string, items = ITEMS) {
  const got: string[] = [];
  const failed: string[] = [];
  const turns = {
    after,
    outOfTime: () => got.length >= most,
    failed: (id: string) => void failed.push(id),
  };
  const next = await inTurns(items, turns, async ({ id }) => {
    got.push(id);
    await Promise.resolve();
    if (id === failing) throw new Error('this one fails');
  });
  return { got, failed, next };
}

describe('many items within a budget', () => {
  it('all have their turn where there is time, and the next run begins anew', async () => {
    const { got, next } = await run('', 1000);
    expect(got).toEqual(ITEMS.map(({ id }) => id));
    expect(next).toBe('');
  });

  it('have their turn in one of the next runs where there is none', async () => {
    const served: string[] = [];
    let after = '';
    for (let n = 0; n < 4; n++) {
      const { got, next } = await run(after, 10);
      served.push(...got);
      after = next;
    }
    expect(new Set(served).size).toBe(40);
  });

  it('go on behind an item that is gone, and begin anew behind the last', async () => {
    const without = ITEMS.filter(({ id }) => id !== '09');
    expect((await run('09', 2, undefined, without)).got[0]).toBe('10');
    expect((await run('39', 2)).got[0]).toBe('00');
  });

  it('go on after one that fails, which is told', async () => {
    const { got, failed } = await run('', 1000, '05');
    expect(failed).toEqual(['05']);
    expect(got).toHaveLength(40);
  });

  it('stay where they are when there is no time at all', async () => {
    expect(await run('07', 0)).toEqual({ got: [], failed: [], next: '07' });
  });

  it('are several at once', async () => {
    let [now, most] = [0, 0];
    const turns = { after: '', outOfTime: () => false, failed: () => {} };
    await inTurns(ITEMS, turns, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
    });
    expect(most).toBe(8);
  });
});
