import { describe, expect, it } from 'vitest';
import { StatusRows } from '../../../shared/storage/status-facts.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { aConnector, HOUR, NOW } from '../../support/samples.ts';

const throttled = { untilMs: NOW + 1000, concurrencyLimited: false };
const counted = async (status: StatusRows) =>
  (await status.known(aConnector())).rate.throttled?.map(([, count]) => count);

describe('429s', () => {
  it('are each counted, by hour, even when several runs receive them concurrently', async () => {
    const status = new StatusRows(new MemoryTable());
    const meet = (nowMs: number) => status.countThrottled(aConnector(), throttled, nowMs);
    await Promise.all([meet(NOW), meet(NOW), meet(NOW)]);
    await meet(NOW + HOUR);
    expect(await counted(status)).toEqual([3, 1]);
  });

  it('expire after a day', async () => {
    const status = new StatusRows(new MemoryTable());
    await status.countThrottled(aConnector(), throttled, NOW);
    await status.countThrottled(aConnector(), throttled, NOW + 26 * HOUR);
    expect(await counted(status)).toEqual([1]);
  });

  it('are kept when other runs record the limit', async () => {
    const status = new StatusRows(new MemoryTable());
    await status.countThrottled(aConnector(), { ...throttled, concurrencyLimited: true }, NOW);
    const seen = { limit: 60, remaining: 3, resetAtMs: NOW, dateMs: NOW, seenAtMs: NOW };
    await status.merge(aConnector(), {}, seen);
    expect((await status.known(aConnector())).rate).toMatchObject({
      limit: 60,
      throttledUntilMs: NOW + 1000,
      concurrencyLimitedUntilMs: NOW + 600_000,
    });
    expect(await counted(status)).toEqual([1]);
  });
});
