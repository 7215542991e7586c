import { describe, expect, it } from 'vitest';
import { percentComplete } from '../../../shared/backfill/progress.ts';
import { failingBeyond } from '../../support/failing-queries.ts';
import { DAY, HOUR } from '../../support/samples.ts';
import { WorkedBackfill } from '../../support/worked-backfill.ts';
import { createWorld, type World } from '../../support/world.ts';

const MINUTE = 60_000;
const concurrency = (world: World) => ({
  times: 1,
  answer: () => {
    const reply = world.org.error(429, 'E0000047', 'too many at once');
    const limits = { 'x-rate-limit-limit': '0', 'x-rate-limit-remaining': '0' };
    return { ...reply, headers: { ...reply.headers, ...limits } };
  },
});

describe('a query that Okta cannot answer beyond some width', () => {
  it.each([1.2 * DAY, 5 * DAY, 3 * HOUR])(
    'costs a few requests for all slices together: %i ms',
    async (ms) => {
      const world = createWorld({ events: 3000 });
      failingBeyond(world.org, ms);
      await world.connect();
      const backfill = new WorkedBackfill(world);
      expect(await backfill.run(HOUR, () => backfill.isOver())).toBe(true);
      expect(await world.ledger()).toMatchObject({ state: 'Succeeded', unreadable: [] });
      expect(world.org.answered.get(500)).toBeLessThanOrEqual(40);
      expect(await world.held()).toEqual(world.truth());
      expect(world.movedBack).toEqual([]);
    },
  );

  it('is not asked for again once the width is known: nearly done after five minutes', async () => {
    const world = createWorld({ events: 3000 });
    failingBeyond(world.org, 1.2 * DAY);
    await world.connect();
    const backfill = new WorkedBackfill(world);
    await backfill.run(5 * MINUTE);
    const ledger = await world.ledger();
    expect(ledger && percentComplete(ledger, [])).toBeGreaterThan(90);
  });
});

describe('a slice whose worker stands aside', () => {
  it('is read by another worker that has nothing to do', async () => {
    const world = createWorld({ events: 3000, longestPage: 20 });
    await world.connect({ backfillDays: 4 });
    const backfill = new WorkedBackfill(world);
    await backfill.run(1000);
    world.org.faults.push(concurrency(world));
    const startMs = world.org.nowMs();
    expect(await backfill.run(HOUR, () => backfill.isOver())).toBe(true);
    expect(world.org.nowMs() - startMs).toBeLessThan(4 * MINUTE);
  });

  it('that was opened before the limit was known is read by those that may read', async () => {
    const world = createWorld({ events: 4000, limitPerMinute: 10, longestPage: 5 });
    await world.connect();
    const backfill = new WorkedBackfill(world);
    const startMs = world.org.nowMs();
    await backfill.run(HOUR);
    const minutes = (world.org.nowMs() - startMs) / MINUTE;
    expect(backfill.workers).toBeLessThanOrEqual(1);
    // Of ten a minute live takes one, and four are left to the customer and to what may be in flight.
    expect(world.requests() / minutes).toBeGreaterThan(4.5);
    expect(world.org.answered.get(429)).toBeUndefined();
  });
});
