import { beforeEach, describe, expect, it } from 'vitest';
import { missingRange } from '../../../shared/backfill/missing-range.ts';
import { planBackfill } from '../../../shared/backfill/plan.ts';
import { cancelBackfill } from '../../../shared/backfill/start.ts';
import { provision } from '../../../shared/connectors/provision.ts';
import { Chain } from '../../../shared/ingest/chain.ts';
import { connectorOf, start } from '../../support/backfills.ts';
import { Crash } from '../../support/disturbed-table.ts';
import { aConnector, aLedger, DAY, NOW } from '../../support/samples.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

let world: World;
let bornMs: number;
beforeEach(async () => {
  world = createWorld({ events: 2000 });
  bornMs = world.org.nowMs();
  await world.connect({ backfillDays: 60 });
});

describe('a second backfill', () => {
  it('waits until the first has ended', async () => {
    const range = { fromMs: bornMs - 90 * DAY, toMs: bornMs - 60 * DAY };
    expect(await start(world, range)).toEqual({ kind: 'running', backfillId: '0001' });
    await settle(world);
    expect(await start(world, range)).toEqual({ kind: 'started', backfillId: '0002' });
    await settle(world);
    expect(await world.ledger('0002')).toMatchObject({ state: 'Succeeded', ...range });
    expect(await world.held()).toEqual(world.truth());
  });

  it('of the same range adds no events and counts the events that it read', async () => {
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

  it('request the missing part', () => {
    expect(missingRange(at(60), [], NOW)).toEqual({ fromMs: NOW - 60 * DAY, toMs: NOW });
    const missing = { fromMs: NOW - 60 * DAY, toMs: NOW - 30 * DAY };
    expect(missingRange(at(60), [asked(30)], NOW)).toEqual(missing);
  });

  it('request nothing that was requested or canceled before, that was lowered, or that Okta no longer keeps', () => {
    expect(missingRange(at(0), [], NOW)).toBeUndefined();
    expect(missingRange(at(30), [asked(60)], NOW)).toBeUndefined();
    expect(missingRange(at(60), [asked(60, 0, { state: 'Canceled' })], NOW)).toBeUndefined();
    expect(missingRange(at(60), [asked(30)], NOW + 70 * DAY)).toBeUndefined();
  });

  it('request the whole range under a new registration, and ignore a verify', () => {
    expect(missingRange({ ...at(60), registration: 2 }, [asked(60)], NOW)).toBeDefined();
    expect(missingRange(at(60), [asked(60, 0, { mode: 'verify' })], NOW)).toBeDefined();
  });

  it('are filled by housekeeping after the running backfill has ended', async () => {
    const raised = { ...(await connectorOf(world)), backfillDays: 80 };
    await provision(world.deps, raised);
    expect(await world.ledger('0002')).toBeUndefined();
    await settle(world);
    await provision(world.deps, raised);
    const rest = { fromMs: bornMs - 80 * DAY, toMs: bornMs - 60 * DAY };
    expect(await world.ledger('0002')).toMatchObject({ state: 'Running', ...rest });
  });
});

describe('a canceled backfill', () => {
  it('stops at once and keeps the events that it has read', async () => {
    await world.work(0);
    await world.work(1);
    expect(await cancelBackfill(world.deps, aConnector(), '0001')).toBe(true);
    const { stored } = await world.counts();
    expect(stored).toBeGreaterThan(0);
    expect(await world.ledger()).toMatchObject({ state: 'Canceled', events: stored });
    expect(await world.work(0)).toBe(false);
    expect(await cancelBackfill(world.deps, aConnector(), '0001')).toBe(false);
    expect(await world.deps.checkpoints.openSlices('contoso', '0001')).toEqual([]);
  });

  it('ends within a slice: pages that its runner still confirms do not count', async () => {
    world = createWorld({ events: 3000, longestPage: 20 });
    await world.connect();
    await world.work(0);
    let writes = 0;
    let canceled: Promise<boolean> | undefined;
    world.disturb((table) => {
      if (table === 'checkpoints' && ++writes === 5)
        canceled = cancelBackfill(world.deps, aConnector(), '0001');
      return 'none';
    });
    await world.work(0);
    expect(await canceled).toBe(true);
    const ledger = await world.ledger();
    const [read] = ledger?.finished ?? [];
    expect(read?.fromMs).toBeGreaterThan(ledger?.fromMs ?? 0);
    expect(world.movedBack).toEqual([]);
  });

  it('takes an open slice from its runner at once, even when the cancel is interrupted afterwards', async () => {
    const { deps } = world;
    const ref = { connectorId: 'contoso', generation: 'g1', backfillId: '0001', attempt: 0 };
    const { sliceKey = '' } = await planBackfill(deps, { ...ref, worker: 0 });
    const store = { checkpoints: deps.checkpoints, clock: deps.storageClock };
    const load = () => deps.checkpoints.slice('contoso', sliceKey);
    const chain = await Chain.take('contoso', store, 'runner', load);
    let writes = 0;
    world.disturb((table) => (table === 'checkpoints' && ++writes === 2 ? 'fail-before' : 'none'));
    await expect(cancelBackfill(deps, aConnector(), '0001')).rejects.toThrow(Crash);
    world.disturb(() => 'none');
    expect((await load())?.value.ended).toBe(true);
    expect(await chain?.advance({}, { pages: 1 })).toBe(false);
  });
});
