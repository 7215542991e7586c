import { describe, expect, it } from 'vitest';
import { cancelBackfill } from '../../../shared/backfill/start.ts';
import { SharedReads } from '../../../shared/shared-reads.ts';
import { coverageOf } from '../../../shared/status/coverage.ts';
import { readStatusInputs } from '../../../shared/status/read-status.ts';
import { deriveStatus } from '../../../shared/status/status-name.ts';
import { connectorOf } from '../../support/backfills.ts';
import { WELL } from '../../support/deps-in-memory.ts';
import { failing, failingOver } from '../../support/failing-queries.ts';
import { DAY, HOUR } from '../../support/samples.ts';
import { WorkedBackfill } from '../../support/worked-backfill.ts';
import { createWorld, type World, type WorldOptions } from '../../support/world.ts';

const MINUTE = 60_000;
/** Slow enough that the range is set aside long before the backfill ends. */
const SLOW: WorldOptions = { limitPerMinute: 30, longestPage: 2 };
/** A long poll interval, so that the test simulates days quickly. */
const SELDOM = 1800;

async function statusOf(world: World) {
  const deps = {
    ...world.deps,
    counts: undefined as never,
    reads: new SharedReads(),
    health: WELL,
  };
  const inputs = await readStatusInputs(deps, await connectorOf(world));
  return { ...deriveStatus(inputs), gaps: coverageOf(inputs).gaps };
}

/** A world in which every bounded query for 84 seconds, five days ago, fails. */
async function poisoned(options: WorldOptions = {}, pollIntervalSeconds = 60) {
  const world = createWorld({ events: 500, ...options });
  const fromMs = world.org.nowMs() - 5 * DAY;
  const stretch = { fromMs, toMs: fromMs + 84_000 };
  const at = new Date(fromMs + 40_000).toISOString();
  const inside = `{"uuid":"inside","published":"${at}"}`;
  world.org.append(inside, fromMs + 40_000, fromMs + 41_000);
  const heal = failingOver(world.org, stretch);
  await world.connect({ pollIntervalSeconds });
  return { world, backfill: new WorkedBackfill(world), stretch, inside, heal };
}

const all = (world: World) => world.truth();

describe('a time range for which Okta always fails', () => {
  it.each([20, 600])('delays no other range, at a limit of %i a minute', async (limitPerMinute) => {
    const { world, backfill, stretch, inside } = await poisoned({ limitPerMinute });
    expect(await backfill.run(6 * HOUR, () => backfill.isOver())).toBe(true);

    const ledger = await world.ledger();
    expect(ledger?.state).toBe('Failed');
    const [parked] = ledger?.unreadable ?? [];
    expect(parked?.fromMs).toBeLessThanOrEqual(stretch.fromMs);
    expect(parked?.toMs).toBeGreaterThanOrEqual(stretch.toMs);
    const parkedMs = (ledger?.unreadable ?? []).reduce(
      (sum, one) => sum + one.toMs - one.fromMs,
      0,
    );
    expect(parkedMs).toBeLessThan(6 * MINUTE);
    expect(await world.held()).toEqual(all(world).filter((raw) => raw !== inside));
    expect(world.movedBack).toEqual([]);
    expect(backfill.failures).toEqual([]);
  });

  it('is shown as a gap while the backfill runs and after it has failed', async () => {
    const { world, backfill, stretch } = await poisoned(SLOW);
    await backfill.run(6 * HOUR, async () => ((await world.ledger())?.unreadable.length ?? 0) > 0);
    expect(await statusOf(world)).toMatchObject({ name: 'Degraded', reason: 'unreadable' });
    await backfill.run(6 * HOUR, () => backfill.isOver());
    const { name, reason, gaps } = await statusOf(world);
    expect({ name, reason }).toEqual({ name: 'Degraded', reason: 'backfillFailed' });
    expect(gaps.map((gap) => gap.reason)).toEqual(gaps.map(() => 'unreadable'));
    expect(gaps[0]?.fromMs).toBeLessThanOrEqual(stretch.fromMs);
    expect(gaps.at(-1)?.toMs).toBeGreaterThanOrEqual(stretch.toMs);
  });

  it('is retried at the end, and read when Okta has recovered', async () => {
    const { world, backfill, heal } = await poisoned(SLOW);
    await backfill.run(6 * HOUR, async () => ((await world.ledger())?.unreadable.length ?? 0) > 0);
    heal();
    await backfill.run(6 * HOUR, () => backfill.isOver());
    expect(await world.ledger()).toMatchObject({ state: 'Succeeded', unreadable: [] });
    expect(await world.held()).toEqual(all(world));
  });

  it('is retried once a day, with few requests, until it can be read', async () => {
    const { world, backfill, heal } = await poisoned({}, SELDOM);
    await backfill.run(6 * HOUR, () => backfill.isOver());
    const asked = [...world.org.answered.entries()].find(([status]) => status === 500)?.[1] ?? 0;
    await backfill.run(3 * DAY);
    const again = (world.org.answered.get(500) ?? 0) - asked;
    expect(again).toBeGreaterThanOrEqual(3);
    expect(again).toBeLessThanOrEqual(45);
    expect(await world.ledger()).toMatchObject({ state: 'Failed' });
    heal();
    await backfill.run(DAY + HOUR);
    expect(await world.ledger()).toMatchObject({ state: 'Succeeded', unreadable: [] });
    expect(await world.held()).toEqual(all(world));
    expect(await statusOf(world)).toMatchObject({ name: 'Connected', gaps: [] });
  });

  it('is finally lost to retention, and then no longer requested', async () => {
    const { world, backfill } = await poisoned({}, SELDOM);
    await backfill.run(6 * HOUR, () => backfill.isOver());
    world.pass(85 * DAY);
    await backfill.run(6 * HOUR);
    expect(await world.ledger()).toMatchObject({ state: 'Succeeded', unreadable: [] });
    expect((await statusOf(world)).gaps.map(({ reason }) => reason)).toContain('retention');
    const requests = world.org.answered.get(500);
    await backfill.run(DAY + HOUR);
    expect(world.org.answered.get(500)).toBe(requests);
  });

  it('is not retried when its backfill was canceled', async () => {
    const { world, backfill } = await poisoned(SLOW);
    await backfill.run(6 * HOUR, async () => ((await world.ledger())?.unreadable.length ?? 0) > 0);
    await cancelBackfill(world.deps, await connectorOf(world), '0001');
    const requests = world.org.answered.get(500);
    await backfill.run(DAY + HOUR);
    expect(world.org.answered.get(500)).toBe(requests);
    expect((await statusOf(world)).gaps).toEqual([]);
  });

  it('is set aside even while live polling fails for another reason', async () => {
    const { world, backfill } = await poisoned({ limitPerMinute: 20 });
    failing(world.org, ({ url }) => !url.includes('until='));
    expect(await backfill.run(12 * HOUR, () => backfill.isOver())).toBe(true);
    expect(await world.ledger()).toMatchObject({ state: 'Failed' });
  });

  it('is set aside even when every reply is not a page of the log', async () => {
    const { world, backfill, heal, inside } = await poisoned();
    heal();
    const { org } = world;
    const isInside = ({ url }: { url: string }) => {
      const reply = url.includes('until=') && org.log.published.find(({ text }) => text === inside);
      if (!reply) return false;
      const query = new URL(url, 'https://contoso.okta.com').searchParams;
      const [from, to] = [query.get('since') ?? '', query.get('until') ?? ''].map(Date.parse);
      return reply.publishedMs >= (from ?? 0) && reply.publishedMs < (to ?? 0);
    };
    org.faults.push({
      times: Number.POSITIVE_INFINITY,
      matches: isInside,
      answer: (_request, proper) => ({ ...proper(), body: '[{"uuid":' }),
    });
    expect(await backfill.run(12 * HOUR, () => backfill.isOver())).toBe(true);
    expect(await world.held()).toEqual(all(world).filter((raw) => raw !== inside));
  });
});

describe('an outage of Okta', () => {
  it('is not attributed to a range or a width: no slice is changed, and all work resumes within a minute', async () => {
    const world = createWorld({ events: 3000, longestPage: 5, limitPerMinute: 120 });
    await world.connect();
    const backfill = new WorkedBackfill(world);
    await backfill.run(20_000);
    const before = (await world.deps.checkpoints.openSlices('contoso', '0001')).length;
    expect(await world.ledger()).toMatchObject({ state: 'Running' });
    const heal = failing(world.org, () => true);
    await backfill.run(2 * HOUR);
    const open = (await world.deps.checkpoints.openSlices('contoso', '0001')).map(
      ({ value }) => value,
    );
    expect(open.length).toBeLessThanOrEqual(2 * Math.max(before, 4));
    expect((await world.ledger())?.unreadable).toEqual([]);
    heal();
    // Measured from the first failure of live polling.
    await backfill.run(11 * MINUTE, async () => !(await world.facts()).liveError);
    const healedMs = world.org.nowMs();
    await backfill.run(61_000);
    const still = await world.deps.checkpoints.openSlices('contoso', '0001');
    for (const { value } of still) expect(value.failures).toBe(0);
    expect(world.org.nowMs() - healedMs).toBeLessThan(62_000);
    await backfill.run(DAY, () => backfill.isOver());
    expect(await world.ledger()).toMatchObject({ state: 'Succeeded', unreadable: [] });
  });
});
