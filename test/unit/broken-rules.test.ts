/**
 * The assertions of the product: a violation ends only the run that detects it, and the status shows
 * it.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { planOrWait } from '../../shared/backfill/activities.ts';
import { assertLedger, assertProgress } from '../../shared/backfill/ledger-rules.ts';
import { newSlice } from '../../shared/backfill/new-slice.ts';
import { Chain } from '../../shared/ingest/chain.ts';
import { CountedInserts } from '../../shared/sink/counted-inserts.ts';
import { replacement } from '../../shared/storage/checkpoints.ts';
import type { BackfillLedger, LivePosition } from '../../shared/storage/positions.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { aLedger, aSlicePosition, DAY, HOUR } from '../support/samples.ts';
import { createWorld, type World } from '../support/world.ts';

const InternalError = { problem: { code: 'InternalError' } };
let world: World;
beforeEach(async () => {
  world = createWorld({ events: 50 });
  await world.connect();
});

async function breakLive(change: Partial<LivePosition>): Promise<void> {
  const { checkpoints } = world.deps;
  const live = await checkpoints.live('contoso');
  if (live) await checkpoints.commit('contoso', [replacement(live, { ...live.value, ...change })]);
}

const takeLive = async (holder: string) =>
  await Chain.take(
    'contoso',
    { checkpoints: world.deps.checkpoints, clock: world.deps.storageClock },
    holder,
    () => world.deps.checkpoints.live('contoso'),
  );

describe('a live position that breaks a rule', () => {
  it('ends the run that reads it, is shown, and is not read again at once', async () => {
    await breakLive({ events: -1 });
    await expect(world.poll()).rejects.toThrow('events is no count');
    const { liveError, dueAtMs = 0 } = await world.facts();
    expect(liveError).toMatchObject(InternalError);
    expect(dueAtMs).toBeGreaterThan(world.deps.storageClock.nowMs() + 30_000);
    expect(await world.work()).toBe(true);
    await breakLive({ events: 0 });
    world.pass(61_000);
    expect(await world.poll()).toMatchObject({ kind: 'done' });
    expect((await world.facts()).liveError).toBeNull();
  });
});

describe('a chain', () => {
  it('is moved only under its lease', async () => {
    const chain = await takeLive('one');
    expect(await chain?.release()).toBe(true);
    await expect(chain?.advance({}, { pages: 1 })).rejects.toThrow('holder of the lease');
  });

  it.each([
    ['counts less', {}, { events: -1 }],
    ['changes its generation', { generation: 'g2' }, {}],
  ])('is not moved to where it %s', async (_, change, counted) => {
    const before = (await world.live())?.events;
    const chain = await takeLive('one');
    await expect(chain?.advance(change, counted)).rejects.toThrow();
    expect((await world.live())?.events).toBe(before);
  });
});

describe('a ledger that breaks a rule', () => {
  it('delays its worker, is shown, and does not affect live polling', async () => {
    const { checkpoints } = world.deps;
    const ledger = await checkpoints.backfill('contoso', '0001');
    if (!ledger) throw new Error('there is no backfill');
    const hole = { ...ledger.value, highMs: ledger.value.highMs - HOUR };
    await checkpoints.commit('contoso', [replacement(ledger, hole)]);
    const ref = { connectorId: 'contoso', generation: 'g1', backfillId: '0001', attempt: 0 };
    const failures: unknown[] = [];
    const failed = (error: unknown) => void failures.push(error);
    const plan = await planOrWait(world.deps, { ...ref, worker: 0 }, failed);
    expect(plan).toMatchObject({ state: 'paused' });
    expect(String(failures)).toContain('no time of the range is left out');
    expect((await world.facts()).backfillError).toMatchObject(InternalError);
    expect(await world.poll()).toMatchObject({ kind: 'done' });
  });

  const { fromMs, toMs } = aLedger();
  const middle = { fromMs: fromMs + DAY, toMs: fromMs + 2 * DAY };
  it.each<[string, Partial<BackfillLedger>]>([
    ['has crossed frontiers', { lowMs: toMs, highMs: fromMs }],
    ['has a frontier outside of its range', { lowMs: fromMs - 1 }],
    ['has read a range that is not planned', { finished: [middle] }],
    ['loses the range before its frontier', { lowMs: middle.toMs, finished: [middle] }],
    ['has no range', { fromMs: toMs }],
    ['has a negative count', { pages: -1 }],
  ])('%s', (_, change) => {
    expect(() => assertLedger(aLedger(change), [])).toThrow();
  });

  it.each<[string, Partial<BackfillLedger>]>([
    ['moves a frontier back', { lowMs: fromMs }],
    ['loses a range that was read', { finished: [] }],
    ['counts less', { events: 6 }],
  ])('%s in a write', (_, change) => {
    const before = aLedger({
      lowMs: middle.toMs,
      finished: [{ fromMs, toMs: middle.toMs }],
      events: 7,
    });
    expect(() => assertLedger(before, [])).not.toThrow();
    expect(() => assertProgress(before, { ...before, ...change })).toThrow();
  });
});

it('an empty slice is not planned', () => {
  const at = { fromMs: 5, toMs: 5 };
  expect(() => newSlice(aSlicePosition(), at, 'https://contoso.okta.com')).toThrow('has a range');
});

describe('a batch', () => {
  const row = (n: number) => ({ key: String(n).padStart(3, '0'), hash: 'h', cells: {} });
  const inserts = () => new CountedInserts(new MemoryTable(), 'day', 'live', { writer: 'one' });

  it('is never larger than a transaction with its counter', async () => {
    const rows = Array.from({ length: 100 }, (_, n) => row(n));
    await expect(inserts().create(rows)).rejects.toThrow('larger than a transaction');
  });

  it('never holds an identity twice', async () => {
    await expect(inserts().create([row(1), row(1)])).rejects.toThrow('each key once');
  });
});
