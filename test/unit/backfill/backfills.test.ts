import { beforeEach, describe, expect, it } from 'vitest';
import { driveBackfill } from '../../../shared/backfill/drive.ts';
import { planBackfill } from '../../../shared/backfill/plan.ts';
import { cancelBackfill, startBackfill } from '../../../shared/backfill/start.ts';
import { missingPart } from '../../../shared/backfill/wanted.ts';
import { bringForward } from '../../../shared/connectors/bring-forward.ts';
import { Chain } from '../../../shared/ingest/chain.ts';
import type { BackfillMode, TimeRange } from '../../../shared/storage/positions.ts';
import { Crash } from '../../support/disturbed-table.ts';
import { aConnector, aLedger, DAY, HOUR, NOW } from '../../support/samples.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

const orchestrations = (active: string[] = []) => {
  const started: string[] = [];
  return {
    started,
    isActive: async (id: string) => active.includes(id),
    start: async (id: string) => void started.push(id),
  };
};

const connectorOf = async ({ parts }: World) => {
  const stored = await parts.connectors.get('contoso');
  if (!stored) throw new Error('not connected');
  return stored.connector;
};

const start = async (world: World, range: TimeRange, mode: BackfillMode = 'fill') =>
  await startBackfill(world.parts, await connectorOf(world), range, mode);

let world: World;
let bornMs: number;
beforeEach(async () => {
  world = createWorld({ events: 2000 });
  bornMs = world.org.nowMs();
  await world.connect({ backfillDays: 60 });
});

describe('a second backfill', () => {
  it('waits until the first is over', async () => {
    const range = { fromMs: bornMs - 90 * DAY, toMs: bornMs - 60 * DAY };
    expect(await start(world, range)).toEqual({ kind: 'running', backfillId: '0001' });
    await settle(world);
    expect(await start(world, range)).toEqual({ kind: 'started', backfillId: '0002' });
    await settle(world);
    expect(await world.ledger('0002')).toMatchObject({ state: 'Succeeded', ...range });
    expect(await world.held()).toEqual(world.truth());
  });

  it('of the same range brings nothing new and counts what it met', async () => {
    await settle(world);
    await start(world, { fromMs: bornMs - 10 * DAY, toMs: bornMs });
    await settle(world);
    const { events = 0, duplicates } = (await world.ledger('0002')) ?? {};
    expect(events).toBeGreaterThan(0);
    expect(duplicates).toBe(events);
    expect((await world.counts()).stored).toBe(world.truth().length);
  });
});

describe('raised backfillDays', () => {
  const at = (days: number) => ({ connectedAtMs: NOW, backfillDays: days, registration: 1 });
  const asked = (days: number, toDays = 0, more = {}) =>
    aLedger({ fromMs: NOW - days * DAY, toMs: NOW - toDays * DAY, ...more });

  it('ask for the part that is missing', () => {
    expect(missingPart(at(60), [], NOW)).toEqual({ fromMs: NOW - 60 * DAY, toMs: NOW });
    const missing = { fromMs: NOW - 60 * DAY, toMs: NOW - 30 * DAY };
    expect(missingPart(at(60), [asked(30)], NOW)).toEqual(missing);
  });

  it('ask for nothing that was asked for, canceled, lowered, or that Okta no longer keeps', () => {
    expect(missingPart(at(0), [], NOW)).toBeUndefined();
    expect(missingPart(at(30), [asked(60)], NOW)).toBeUndefined();
    expect(missingPart(at(60), [asked(60, 0, { state: 'Canceled' })], NOW)).toBeUndefined();
    expect(missingPart(at(60), [asked(30)], NOW + 70 * DAY)).toBeUndefined();
  });

  it('ask for all of it again under a new registration, and do not count a verify', () => {
    expect(missingPart({ ...at(60), registration: 2 }, [asked(60)], NOW)).toBeDefined();
    expect(missingPart(at(60), [asked(60, 0, { mode: 'verify' })], NOW)).toBeDefined();
  });

  it('are filled in by housekeeping once the running backfill is over', async () => {
    const raised = { ...(await connectorOf(world)), backfillDays: 80 };
    await bringForward(world.parts, orchestrations(), raised);
    expect(await world.ledger('0002')).toBeUndefined();
    await settle(world);
    await bringForward(world.parts, orchestrations(), raised);
    const rest = { fromMs: bornMs - 80 * DAY, toMs: bornMs - 60 * DAY };
    expect(await world.ledger('0002')).toMatchObject({ state: 'Running', ...rest });
  });
});

describe('a canceled backfill', () => {
  it('stops where it is and keeps what it has read', async () => {
    await world.work(0);
    await world.work(1);
    expect(await cancelBackfill(world.parts, aConnector(), '0001')).toBe(true);
    const { stored } = await world.counts();
    expect(stored).toBeGreaterThan(0);
    expect(await world.ledger()).toMatchObject({ state: 'Canceled', events: stored });
    expect(await world.work(0)).toBe(false);
    expect(await cancelBackfill(world.parts, aConnector(), '0001')).toBe(false);
    expect(await world.parts.checkpoints.openSlices('contoso', '0001')).toEqual([]);
  });

  it('ends in mid-slice: what its runner still confirms counts for nothing', async () => {
    world = createWorld({ events: 3000, longestPage: 20 });
    await world.connect();
    await world.work(0);
    let writes = 0;
    let canceled: Promise<boolean> | undefined;
    world.disturb((table) => {
      if (table === 'checkpoints' && ++writes === 5)
        canceled = cancelBackfill(world.parts, aConnector(), '0001');
      return 'none';
    });
    await world.work(0);
    expect(await canceled).toBe(true);
    const ledger = await world.ledger();
    const [read] = ledger?.finished ?? [];
    expect(read?.fromMs).toBeGreaterThan(ledger?.fromMs ?? 0);
    expect(world.movedBack).toEqual([]);
  });

  it('takes an open slice from its runner at once, also when the cancel is cut off behind that', async () => {
    const { parts } = world;
    const ref = { connectorId: 'contoso', generation: 'g1', backfillId: '0001', attempt: 0 };
    const { sliceKey = '' } = await planBackfill(parts, { ...ref, worker: 0 });
    const store = { checkpoints: parts.checkpoints, clock: parts.storageClock };
    const load = () => parts.checkpoints.slice('contoso', sliceKey);
    const chain = await Chain.take('contoso', store, 'runner', load);
    let writes = 0;
    world.disturb((table) => (table === 'checkpoints' && ++writes === 2 ? 'fail-before' : 'none'));
    await expect(cancelBackfill(parts, aConnector(), '0001')).rejects.toThrow(Crash);
    world.disturb(() => 'none');
    expect((await load())?.value.ended).toBe(true);
    expect(await chain?.advance({}, { pages: 1 })).toBe(false);
  });
});

describe('a verify', () => {
  const range = () => ({ fromMs: bornMs - 30 * DAY, toMs: bornMs });

  it('reports nothing missing after a clean fill', async () => {
    await settle(world);
    await start(world, range(), 'verify');
    await settle(world);
    expect(await world.ledger('0002')).toMatchObject({ state: 'Succeeded', missing: 0 });
  });

  it('finds what was lost, stores it, and says how much it was', async () => {
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

  it('is settled by one worker, which waits for the slices of the others', async () => {
    await settle(world);
    await lose();
    await start(world, range(), 'verify');
    const plan = async (worker: number) => {
      const ref = { connectorId: 'contoso', generation: 'g1', backfillId: '0002', attempt: 0 };
      return await planBackfill(world.parts, { ...ref, worker });
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

  it('that is canceled leaves nothing that it had set aside', async () => {
    await settle(world);
    await lose();
    await start(world, range(), 'verify');
    for (let n = 0; n < 100 && (await asideOf('0002')).length === 0; n++) await world.work(0);
    const late = await asideOf('0002');
    await cancelBackfill(world.parts, aConnector(), '0002');
    expect(await asideOf('0002')).toEqual([]);
    for (const { partition, key, cells } of late.slice(0, 3))
      await world.sinkStores.events.batch(partition, [{ kind: 'put', key, cells }]);
    await driveBackfill(world.parts, orchestrations(), await connectorOf(world));
    expect(await asideOf('0002')).toEqual([]);
  });

  it('does not call missing what live was about to bring', async () => {
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

describe('the orchestrations of a backfill', () => {
  const ids = (attempt: number) =>
    [0, 1, 2, 3].map((worker) => `backfill-contoso-g1-0001-${worker}-${attempt}`);

  it('are started where they are not there', async () => {
    const engine = orchestrations(ids(0).slice(1));
    await driveBackfill(world.parts, engine, await connectorOf(world));
    expect(engine.started).toEqual(ids(0).slice(0, 1));
  });

  it('are replaced when nothing has changed for too long; the old ones have nothing to do', async () => {
    await world.work(0);
    const engine = orchestrations(ids(0));
    world.pass(19 * 60_000);
    await driveBackfill(world.parts, engine, await connectorOf(world));
    expect(engine.started).toEqual([]);
    world.pass(2 * 60_000);
    await driveBackfill(world.parts, engine, await connectorOf(world));
    expect(engine.started).toEqual(ids(1));
    expect(await world.work(0)).toBe(false);
  });

  it('are as many as there are slices open, also when fewer are to be read now', async () => {
    await world.work(5);
    const engine = orchestrations();
    await driveBackfill(world.parts, engine, await connectorOf(world));
    const { config } = world.parts;
    expect(engine.started).toHaveLength(config.backfillParallelSlices);
    world.parts.config = { ...config, backfillParallelSlices: 16 };
    await world.work(9);
    world.parts.config = config;
    const again = orchestrations();
    await driveBackfill(world.parts, again, await connectorOf(world));
    expect(again.started.at(-1)).toBe('backfill-contoso-g1-0001-9-0');
  });

  it('are left alone while somebody has to repair the token', async () => {
    world.org.options.tokens = [];
    await world.work();
    const requests = world.requests();
    for (let n = 0; n < 20; n++) await world.work(n % 4);
    expect(world.requests()).toBe(requests);
    const engine = orchestrations(ids(0));
    world.pass(DAY);
    await driveBackfill(world.parts, engine, await connectorOf(world));
    expect(engine.started).toEqual([]);

    world.org.options.tokens = ['secret'];
    await settle(world);
    expect(await world.ledger()).toMatchObject({ state: 'Succeeded' });
  });

  it('read one slice less while Okta has had too many requests at once', async () => {
    await world.work(0);
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

  it('are left alone while the connector is disabled', async () => {
    const engine = orchestrations(ids(0));
    world.pass(DAY);
    const disabled = { ...(await connectorOf(world)), enabled: false };
    await driveBackfill(world.parts, engine, disabled);
    expect(engine.started).toEqual([]);
  });
});
