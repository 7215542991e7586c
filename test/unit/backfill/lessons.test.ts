import { describe, expect, it } from 'vitest';
import { planBackfill } from '../../../shared/backfill/plan.ts';
import { percentComplete } from '../../../shared/backfill/progress.ts';
import type { Stored } from '../../../shared/storage/checkpoints.ts';
import type { SlicePosition } from '../../../shared/storage/positions.ts';
import { failingBeyond } from '../../support/failing-queries.ts';
import { DAY, HOUR } from '../../support/samples.ts';
import { WorkedBackfill } from '../../support/worked-backfill.ts';
import { createWorld, type World } from '../../support/world.ts';

const MINUTE = 60_000;
const REF = { connectorId: 'contoso', generation: 'g1', backfillId: '0001', attempt: 0 };
const concurrency = (world: World) => ({
  times: 1,
  answer: () => {
    const reply = world.org.error(429, 'E0000047', 'too many at once');
    const limits = { 'x-rate-limit-limit': '0', 'x-rate-limit-remaining': '0' };
    return { ...reply, headers: { ...reply.headers, ...limits } };
  },
});

describe('a query that Okta cannot answer above some width', () => {
  it.each([1.2 * DAY, 5 * DAY, 3 * HOUR])(
    'costs only a few requests for all slices together: %i ms',
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

  it('is not sent again once the width is known: the backfill is almost complete after five minutes', async () => {
    const world = createWorld({ events: 3000 });
    failingBeyond(world.org, 1.2 * DAY);
    await world.connect();
    const backfill = new WorkedBackfill(world);
    await backfill.run(5 * MINUTE);
    const ledger = await world.ledger();
    expect(ledger && percentComplete(ledger, [])).toBeGreaterThan(90);
  });
});

describe('a slice whose worker may not read', () => {
  /** Each of four workers has opened a slice before the limit is known. */
  async function opened(world: World): Promise<Stored<SlicePosition>[]> {
    for (const worker of [0, 1, 2, 3]) await planBackfill(world.deps, { ...REF, worker });
    return await world.deps.checkpoints.openSlices('contoso', '0001');
  }

  it('is read when another slice has been completed', async () => {
    const world = createWorld({ events: 3000, longestPage: 20 });
    await world.connect({ backfillDays: 4 });
    const last = (await opened(world)).find(({ value }) => value.worker === 3);
    world.org.faults.push(concurrency(world));
    await world.work(1);
    const plan = () => planBackfill(world.deps, { ...REF, worker: 3 });
    expect(await plan()).toMatchObject({ openSlices: 3, waitSeconds: 60 });
    await world.work(0);
    expect(await plan()).toMatchObject({ sliceKey: last?.key });
  });

  it('that was opened before the limit was known is read by the workers that may read', async () => {
    const world = createWorld({ events: 4000, limitPerMinute: 10, longestPage: 5 });
    await world.connect();
    const before = await opened(world);
    const backfill = new WorkedBackfill(world);
    const startMs = world.org.nowMs();
    await backfill.run(HOUR);
    const minutes = (world.org.nowMs() - startMs) / MINUTE;
    expect(backfill.workers).toBeLessThanOrEqual(1);
    // Of ten requests a minute, live polling takes one; four are kept for the customer and for requests
    // in flight.
    expect(world.requests() / minutes).toBeGreaterThan(4.5);
    expect(world.org.answered.get(429)).toBeUndefined();
    const open = await world.deps.checkpoints.openSlices('contoso', '0001');
    const unread = open.filter(({ value }) => value.pages === 0).map(({ key }) => key);
    expect(before.map(({ key }) => key).filter((key) => unread.includes(key))).toEqual([]);
  });
});
