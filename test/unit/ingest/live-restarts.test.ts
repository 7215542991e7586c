import { describe, expect, it } from 'vitest';
import { pageSizeOf, sinceOf } from '../../../shared/okta/logs-url.ts';
import { failing } from '../../support/failing-queries.ts';
import { HOUR } from '../../support/samples.ts';
import { createWorld, type World } from '../../support/world.ts';

const MINUTE = 60_000;

/** Polls whenever the queue or the timer would. */
async function pollFor(world: World, ms: number): Promise<void> {
  const untilMs = world.org.nowMs() + ms;
  while (world.org.nowMs() < untilMs) {
    world.passToNext(await world.poll());
  }
}
/** Checks the events that Okta had committed before the last polls. */
async function expectNothingMissing(world: World): Promise<void> {
  const held = new Set(await world.held());
  const beforeMs = world.org.nowMs() - 3 * MINUTE;
  const owed = [...world.org.truth()].filter(({ persistedAtMs }) => persistedAtMs < beforeMs);
  expect(owed.length).toBeGreaterThan(0);
  expect(owed.filter(({ raw }) => !held.has(raw))).toEqual([]);
}

const sizeOf = async (world: World) => pageSizeOf((await world.live())?.nextUrl ?? '');
const isLiveAt =
  (limit: number) =>
  ({ url }: { url: string }) =>
    !url.includes('until=') && url.includes(`limit=${limit}`);

describe('live polling of pages that Okta cannot return at their size', () => {
  it('continues with smaller pages, and reads every event', async () => {
    const world = createWorld({ events: 0, trickleEventsPerMinute: 20 });
    await world.connect({ backfillDays: 0 });
    world.pass(HOUR);
    failing(world.org, isLiveAt(1000));
    await pollFor(world, 10 * MINUTE);
    expect(await world.live()).toMatchObject({ failures: 0, cursorResets: 0 });
    expect(await sizeOf(world)).toBe(500);
    await expectNothingMissing(world);
  });

  it('tries full pages again after an hour, and continues with them when Okta returns them', async () => {
    const world = createWorld({ events: 0, trickleEventsPerMinute: 1 });
    await world.connect({ backfillDays: 0 });
    const heal = failing(world.org, isLiveAt(1000));
    await pollFor(world, 3 * HOUR);
    const failures = world.org.answered.get(500) ?? 0;
    expect(failures).toBeGreaterThan(2);
    expect(failures).toBeLessThanOrEqual(8);
    heal();
    await pollFor(world, 2 * HOUR);
    expect(await sizeOf(world)).toBe(1000);
    await expectNothingMissing(world);
  });

  it('tries full pages again during an outage, in which no page is returned', async () => {
    const world = createWorld({ events: 0, trickleEventsPerMinute: 2 });
    await world.connect({ backfillDays: 0 });
    await pollFor(world, 5 * MINUTE);
    const sizes = new Set<number>();
    const heal = failing(world.org, ({ url }) => {
      sizes.add(pageSizeOf(`https://contoso.okta.com${url}`));
      return true;
    });
    await pollFor(world, 4 * HOUR);
    expect([...sizes].toSorted((a, b) => a - b)).toEqual([125, 250, 500, 1000]);
    heal();
    await pollFor(world, 3 * HOUR);
    expect(await sizeOf(world)).toBe(1000);
    await expectNothingMissing(world);
  });
});

describe('links of Okta that keep a smaller page size than requested', () => {
  it('are changed to full pages once, and followed afterwards', async () => {
    const world = createWorld({ events: 0, trickleEventsPerMinute: 1, longestPage: 20 });
    await world.connect({ backfillDays: 0 });
    const heal = failing(world.org, () => true);
    await pollFor(world, 10_000);
    heal();
    await pollFor(world, 2 * HOUR);
    const before = (await world.live())?.duplicates;
    await pollFor(world, HOUR);
    expect((await world.live())?.duplicates).toBe(before);
  });
});

describe('permanently refused cursors', () => {
  it('do not move back in time: each page is confirmed, and the next page follows', async () => {
    const world = createWorld({ events: 0, trickleEventsPerMinute: 20, longestPage: 50 });
    await world.connect({ backfillDays: 0 });
    await pollFor(world, 30 * MINUTE);
    world.pass(HOUR / 2);
    world.org.faults.push({
      matches: ({ url }) => url.includes('after='),
      times: Number.POSITIVE_INFINITY,
      answer: () => world.org.error(400, 'E0000001', 'Api validation failed: after'),
    });
    let earliestMs = Number.POSITIVE_INFINITY;
    const startMs = world.org.nowMs();
    while (world.org.nowMs() - startMs < HOUR) {
      await pollFor(world, MINUTE);
      const sinceMs = sinceOf((await world.live())?.nextUrl ?? '') ?? earliestMs;
      earliestMs = Math.min(earliestMs, sinceMs);
    }
    expect(earliestMs).toBeGreaterThan(startMs - HOUR / 2 - 20 * MINUTE);
    const newestMs = (await world.live())?.newestPublishedMs ?? 0;
    expect(newestMs).toBeGreaterThan(startMs);
  });
});
