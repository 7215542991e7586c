import { beforeEach, describe, expect, it } from 'vitest';
import { ensureWorkers } from '../../../shared/backfill/ensure-workers.ts';
import { planBackfill } from '../../../shared/backfill/plan.ts';
import { replacement, type Stored } from '../../../shared/storage/checkpoints.ts';
import { leaseFor } from '../../../shared/storage/lease.ts';
import type { SlicePosition } from '../../../shared/storage/positions.ts';
import { addRange } from '../../../shared/time-ranges.ts';
import { connectorOf, orchestrations } from '../../support/backfills.ts';
import { DAY } from '../../support/samples.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = createWorld({ events: 2000 });
  await world.connect({ backfillDays: 60 });
});

const aLimit = (limit: number) => {
  const nowMs = world.org.nowMs();
  return { limit, remaining: limit, resetAtMs: nowMs, dateMs: nowMs, seenAtMs: nowMs };
};

describe('the orchestrations of a backfill', () => {
  const ids = (attempt: number) =>
    [0, 1, 2, 3].map((worker) => `backfill-contoso-g1-0001-${worker}-${attempt}`);

  it('are started when they are missing', async () => {
    const engine = orchestrations(ids(0).slice(1));
    await ensureWorkers({ ...world.deps, workflows: engine }, await connectorOf(world));
    expect(engine.started).toEqual(ids(0).slice(0, 1));
  });

  it('are replaced when the backfill has not changed for too long; the old workers stop', async () => {
    await world.work(0);
    const engine = orchestrations(ids(0));
    world.pass(14 * 60_000);
    await ensureWorkers({ ...world.deps, workflows: engine }, await connectorOf(world));
    expect(engine.started).toEqual([]);
    world.pass(2 * 60_000);
    await ensureWorkers({ ...world.deps, workflows: engine }, await connectorOf(world));
    expect(engine.started).toEqual(ids(1));
    expect(await world.work(0)).toBe(false);
  });

  const planned = async (...workers: number[]) => {
    const ref = { connectorId: 'contoso', generation: 'g1', backfillId: '0001', attempt: 0 };
    for (const worker of workers) await planBackfill(world.deps, { ...ref, worker });
    return await world.deps.checkpoints.openSlices('contoso', '0001');
  };
  const change = async (slice: Stored<SlicePosition> | undefined, to: Partial<SlicePosition>) => {
    if (!slice) throw new Error('there is no slice');
    const { checkpoints } = world.deps;
    await checkpoints.commit('contoso', [replacement(slice, { ...slice.value, ...to })]);
  };
  const startedLater = async (minutes: number) => {
    const engine = orchestrations(ids(0));
    world.pass(minutes * 60_000);
    await ensureWorkers({ ...world.deps, workflows: engine }, await connectorOf(world));
    return engine.started;
  };

  it('are not replaced before they were to wake up, or while a run holds their slice', async () => {
    const [slice] = await planned(0);
    const nowMs = world.org.nowMs();
    await change(slice, { failures: 9, retryAtMs: nowMs + 10 * 60_000 });
    expect(await startedLater(24)).toEqual([]);
    const [again] = await planned();
    await change(again, leaseFor('a run', world.org.nowMs()));
    expect(await startedLater(15)).toEqual([]);
    expect(await startedLater(2)).toEqual(ids(1));
  });

  it('are replaced even while a run holds the slice of another worker', async () => {
    await planned(0, 1);
    world.pass(14 * 60_000);
    const slices = await planned();
    await change(
      slices.find(({ value }) => value.worker === 0),
      leaseFor('a run', world.org.nowMs()),
    );
    expect(await startedLater(0.5)).toEqual([]);
    expect(await startedLater(1)).toEqual(ids(1));
  });

  it('are as many as the limit allows, and take over the slices of removed workers', async () => {
    const { config } = world.deps;
    world.deps.config = { ...config, backfillParallelSlices: 16 };
    const ref = { connectorId: 'contoso', generation: 'g1', backfillId: '0001', attempt: 0 };
    const { sliceKey } = await planBackfill(world.deps, { ...ref, worker: 9 });
    world.deps.config = config;
    const engine = orchestrations();
    await ensureWorkers({ ...world.deps, workflows: engine }, await connectorOf(world));
    expect(engine.started).toEqual(ids(0));
    expect(await planBackfill(world.deps, { ...ref, worker: 9 })).toMatchObject({ state: 'over' });
    expect(await planBackfill(world.deps, { ...ref, worker: 2 })).toMatchObject({ sliceKey });

    await world.deps.status.merge(await connectorOf(world), {}, aLimit(10));
    const few = orchestrations();
    await ensureWorkers({ ...world.deps, workflows: few }, await connectorOf(world));
    expect(few.started).toEqual(ids(0).slice(0, 1));
  });

  it('are not replaced while an operator must repair the token', async () => {
    world.org.options.tokens = [];
    await world.work();
    const requests = world.requests();
    for (let n = 0; n < 20; n++) await world.work(n % 4);
    expect(world.requests()).toBe(requests);
    const engine = orchestrations(ids(0));
    world.pass(DAY);
    await ensureWorkers({ ...world.deps, workflows: engine }, await connectorOf(world));
    expect(engine.started).toEqual([]);

    world.org.options.tokens = ['secret'];
    await settle(world);
    expect(await world.ledger()).toMatchObject({ state: 'Succeeded' });
  });

  it('read one slice less after Okta has refused concurrent requests', async () => {
    const ref = { connectorId: 'contoso', generation: 'g1', backfillId: '0001', attempt: 0 };
    for (const worker of [0, 1, 2]) await planBackfill(world.deps, { ...ref, worker });
    const limits = { 'x-rate-limit-limit': '0', 'x-rate-limit-remaining': '0' };
    world.org.faults.push({
      times: 1,
      answer: () => {
        const reply = world.org.error(429, 'E0000047', 'too many at once');
        return { ...reply, headers: { ...reply.headers, ...limits } };
      },
    });
    await world.work(1);
    const requests = world.requests();
    expect(await world.work(3)).toBe(false);
    expect(world.requests()).toBe(requests);
    world.pass(11 * 60_000);
    await world.work(3);
    expect(world.requests()).toBeGreaterThan(requests);
  });

  it('are not replaced while the connector is disabled', async () => {
    const engine = orchestrations(ids(0));
    world.pass(DAY);
    const disabled = { ...(await connectorOf(world)), enabled: false };
    await ensureWorkers({ ...world.deps, workflows: engine }, disabled);
    expect(engine.started).toEqual([]);
  });

  it('leave room from the start for all that are about to read, and later for those that read', async () => {
    const ref = { connectorId: 'contoso', generation: 'g1', backfillId: '0001', attempt: 0 };
    expect(await planBackfill(world.deps, { ...ref, worker: 0 })).toMatchObject({ openSlices: 4 });
    await world.work(0);
    await world.deps.status.merge(await connectorOf(world), {}, aLimit(30));
    expect(await planBackfill(world.deps, { ...ref, worker: 1 })).toMatchObject({ openSlices: 2 });
    const stored = await world.deps.checkpoints.backfill('contoso', '0001');
    if (!stored) throw new Error('there is no backfill');
    const { lowMs, highMs, finished } = stored.value;
    const read = addRange(finished, { fromMs: lowMs, toMs: highMs });
    const planned = { ...stored.value, lowMs: highMs, finished: read };
    await world.deps.checkpoints.commit('contoso', [replacement(stored, planned)]);
    expect(await planBackfill(world.deps, { ...ref, worker: 1 })).toMatchObject({ openSlices: 1 });
  });
});
