import { beforeEach, describe, expect, it } from 'vitest';
import { ensureWorkers } from '../../../shared/backfill/ensure-workers.ts';
import { planBackfill } from '../../../shared/backfill/plan.ts';
import { cancelBackfill } from '../../../shared/backfill/start.ts';
import { connectorOf, start } from '../../support/backfills.ts';
import { aConnector, DAY, HOUR } from '../../support/samples.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

let world: World;
let bornMs: number;
beforeEach(async () => {
  world = createWorld({ events: 2000 });
  bornMs = world.org.nowMs();
  await world.connect({ backfillDays: 60 });
});

describe('a verify', () => {
  const range = () => ({ fromMs: bornMs - 30 * DAY, toMs: bornMs });

  it('reports nothing missing after a clean fill', async () => {
    await settle(world);
    await start(world, range(), 'verify');
    await settle(world);
    expect(await world.ledger('0002')).toMatchObject({ state: 'Succeeded', missing: 0 });
  });

  it('finds lost events, stores them, and reports their number', async () => {
    await settle(world);
    const partition = `contoso.g1_${new Date(bornMs - 3 * DAY).toISOString().slice(0, 10)}`;
    const lost = await Array.fromAsync(world.sinkStores.events.list(partition, { to: '~' }));
    for (const { key } of lost.slice(0, 7))
      await world.sinkStores.events.batch(partition, [{ kind: 'delete', key }]);
    expect((await world.held()).length).toBe(world.truth().length - 7);

    await start(world, range(), 'verify');
    await settle(world);
    expect(await world.ledger('0002')).toMatchObject({ state: 'Succeeded', missing: 7 });
    expect(await world.held()).toEqual(world.truth());
  });

  const asideOf = async (id: string) =>
    await Array.fromAsync(world.sinkStores.events.list(`contoso.g1_v${id}`));
  const lose = async () => {
    const { events } = world.sinkStores;
    for (const day of [3, 4, 5]) {
      const partition = `contoso.g1_${new Date(bornMs - day * DAY).toISOString().slice(0, 10)}`;
      for (const { key } of await Array.fromAsync(events.list(partition, { to: '~' })))
        await events.batch(partition, [{ kind: 'delete', key }]);
    }
  };

  it('is completed by one worker, which waits for the slices of the others', async () => {
    await settle(world);
    await lose();
    await start(world, range(), 'verify');
    const plan = async (worker: number) => {
      const ref = { connectorId: 'contoso', generation: 'g1', backfillId: '0002', attempt: 0 };
      return await planBackfill(world.deps, { ...ref, worker });
    };
    let others = await plan(1);
    for (let n = 0; n < 100 && (await plan(0)).sliceKey; n++) await world.work(0);
    expect(await plan(0)).toMatchObject({ state: 'running', waitSeconds: 20 });
    for (let n = 0; n < 100 && (await world.work(1)); n++) others = await plan(1);
    expect(others).toMatchObject({ state: 'over' });
    expect(await world.ledger('0002')).toMatchObject({ state: 'Running' });
    await settle(world);
    expect(await world.ledger('0002')).toMatchObject({ state: 'Succeeded' });
    expect(await world.held()).toEqual(world.truth());
  });

  it('that is canceled leaves no staged events', async () => {
    await settle(world);
    await lose();
    await start(world, range(), 'verify');
    for (let n = 0; n < 100 && (await asideOf('0002')).length === 0; n++) await world.work(0);
    const late = await asideOf('0002');
    await cancelBackfill(world.deps, aConnector(), '0002');
    expect(await asideOf('0002')).toEqual([]);
    for (const { partition, key, cells } of late.slice(0, 3))
      await world.sinkStores.events.batch(partition, [{ kind: 'put', key, cells }]);
    await ensureWorkers(world.deps, await connectorOf(world));
    expect(await asideOf('0002')).toEqual([]);
  });

  it('does not report events as missing that live polling will still read', async () => {
    await settle(world);
    world.pass(HOUR);
    const publishedMs = world.org.nowMs() - 60_000;
    const published = new Date(publishedMs).toISOString();
    world.org.append(`{"uuid":"new","published":"${published}"}`, publishedMs, publishedMs);
    await start(world, { fromMs: bornMs - DAY, toMs: world.org.nowMs() }, 'verify');
    while ((await world.ledger('0002'))?.slicesDone === 0) await world.work();
    expect(await world.held()).not.toContain(`{"uuid":"new","published":"${published}"}`);
    await settle(world);
    expect(await world.ledger('0002')).toMatchObject({ state: 'Succeeded', missing: 0 });
    expect(await world.held()).toEqual(world.truth());
  });
});
