import { beforeEach, describe, expect, it } from 'vitest';
import { cancelBackfill } from '../../../shared/backfill/start.ts';
import { cleanUp } from '../../../shared/connectors/clean-up.ts';
import { runHousekeeping } from '../../../shared/housekeeping/run-housekeeping.ts';
import { sendDue } from '../../../shared/ingest/send-due.ts';
import { SharedReads } from '../../../shared/shared-reads.ts';
import { readStatusInputs } from '../../../shared/status/read-status.ts';
import { deriveStatus, lastError } from '../../../shared/status/status-name.ts';
import { Audit } from '../../../shared/storage/audit.ts';
import { Checkpoints, replacement } from '../../../shared/storage/checkpoints.ts';
import { type Connector, Connectors } from '../../../shared/storage/connectors.ts';
import { DueIndex } from '../../../shared/storage/due-index.ts';
import type { PollMessage } from '../../../shared/storage/queue.ts';
import { StatusRows } from '../../../shared/storage/status-facts.ts';
import type { Cells } from '../../../shared/storage/table.ts';
import { connectorOf } from '../../support/backfills.ts';
import { WELL } from '../../support/deps-in-memory.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { aConnector, aLivePosition, aSlicePosition, DAY } from '../../support/samples.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

const never = () => false;
const IDS = ['a', 'b', 'c'];

/** Adds cells to a row, like a later version or a manual change. */
const spoil = async (table: MemoryTable, partition: string, key: string, cells: Cells) =>
  void (await table.batch(partition, [{ kind: 'merge', key, cells }]));

describe('an unreadable row of facts', () => {
  const unknownCheck = JSON.stringify({
    atMs: 1,
    ok: true,
    checks: [{ name: 'proxy', ok: true, durationMs: 1 }],
  });
  it.each<[string, Cells]>([
    ['a check that this version does not know', { healthCheck: unknownCheck }],
    ['an error that is no JSON', { liveError: '{' }],
    [
      'an error code that this version does not know',
      { liveError: '{"problem":{"code":"OktaNew"},"atMs":1}' },
    ],
    ['text in place of a number', { lastSuccessAtMs: 'yesterday' }],
  ])('is read without the unreadable fact: %s', async (_what, cells) => {
    const table = new MemoryTable();
    const status = new StatusRows(table);
    await status.merge(aConnector(), { dueAtMs: 1 });
    await spoil(table, 'contoso', 'facts_g1.1_status', cells);
    expect((await status.known(aConnector())).facts).toMatchObject({ dueAtMs: 1 });
  });

  it('in the due index counts as due, and the others are sent too', async () => {
    const table = new MemoryTable();
    const due = new DueIndex(table);
    await due.put(IDS.map((connectorId) => ({ connectorId, dueAtMs: 1 })));
    await spoil(table, 'due', 'b', { sentAtMs: 'soon' });
    const sent: (readonly string[])[] = [];
    const pollQueue = {
      send: async (message: PollMessage) =>
        void ('connectorIds' in message && sent.push(message.connectorIds)),
    };
    const connectors = new Connectors(new MemoryTable());
    await sendDue({ due, storageClock: { nowMs: () => DAY }, pollQueue, connectors }, 60_000);
    expect(sent.flat().toSorted()).toEqual(IDS);
  });

  it('does not prevent polling of its connector', async () => {
    const world = createWorld({ events: 20 });
    await world.connect();
    await spoil(world.tables.checkpoints, 'contoso', 'facts_g1.1_status', {
      backfillError: '{"problem":{"code":"OktaNew"},"atMs":1}',
      liveError: 'odd',
    });
    await settle(world);
    expect(await world.held()).toEqual(world.truth());
  });
});

describe('an unreadable row of table connectors', () => {
  let table: MemoryTable;
  let connectors: Connectors;
  beforeEach(async () => {
    table = new MemoryTable();
    connectors = new Connectors(table);
    for (const id of IDS) await connectors.claim(aConnector({ id, orgId: `o${id}` }));
  });

  it('is reported, and the others are listed', async () => {
    await spoil(table, 'connector', 'b', { hosts: 'contoso.okta.com' });
    const unreadable: string[] = [];
    const listed = await Array.fromAsync(
      connectors.list(({ key }) => void unreadable.push(key)),
      ({ connector }) => connector.id,
    );
    expect({ listed, unreadable }).toEqual({ listed: ['a', 'c'], unreadable: ['b'] });
  });

  it('is read despite an unknown state of a later version, which is kept', async () => {
    await spoil(table, 'connector', 'b', { state: 'suspended', region: 'eu', quota: 7n });
    const stored = await connectors.get('b');
    expect(stored?.connector.state).toBe('suspended');
    const changed = { ...(stored?.connector as Connector), displayName: 'B' };
    expect(await connectors.replace(changed, stored?.etag ?? '')).toBe(true);
    const { cells } = (await table.get('connector', 'b')) ?? {};
    expect(cells).toMatchObject({ state: 'suspended', region: 'eu', quota: 7n, displayName: 'B' });
  });

  it('of a final sweep is reported, and the other sweeps are made', async () => {
    for (const id of ['a', 'c']) {
      const stored = await connectors.get(id);
      if (stored) await connectors.tombstone(stored, {}, 1);
    }
    await spoil(table, 'connector', 'sweep_a_g1_1', { dueAtMs: 'soon' });
    const unreadable: string[] = [];
    const sweeps = await Array.fromAsync(
      connectors.sweeps.list(({ key }) => void unreadable.push(key)),
      ({ connectorId }) => connectorId,
    );
    expect({ sweeps, unreadable }).toEqual({ sweeps: ['c'], unreadable: ['sweep_a_g1_1'] });
  });

  it('does not stop housekeeping', async () => {
    const world = createWorld({ events: 0 });
    await world.connect();
    await spoil(world.tables.connectors, 'connector', 'aaa', { state: 'active' });
    const failed: string[] = [];
    await runHousekeeping(world.deps, {
      failed: (what) => void failed.push(what),
      expired: () => {},
    });
    expect(failed).toEqual(['aaa']);
  });
});

describe('an unreadable row of table checkpoints', () => {
  let world: World;
  beforeEach(async () => {
    world = createWorld({ events: 300, longestPage: 20 });
    await world.connect();
  });
  const inputs = async () =>
    await readStatusInputs(
      { ...world.deps, counts: undefined as never, reads: new SharedReads(), health: WELL },
      await connectorOf(world),
    );

  it('of the live chain ends each run with a defect that the status shows; the backfill continues', async () => {
    await spoil(world.tables.checkpoints, 'contoso', 'live', { pages: 'many' });
    await expect(world.poll()).rejects.toThrow('cannot be read');
    const shown = await inputs();
    expect(lastError(shown)).toMatchObject({ problem: { code: 'InternalError' } });
    expect(shown.facts.dueAtMs).toBeGreaterThan(world.org.nowMs());
    while (await world.work());
    expect(await world.ledger()).toMatchObject({ state: 'Succeeded' });
  });

  it('of one slice does not delay other slices, is shown, and is left unchanged', async () => {
    await world.work(0);
    await world.work(1);
    const { checkpoints } = world.deps;
    const [slice] = await checkpoints.openSlices('contoso', '0001');
    await spoil(world.tables.checkpoints, 'contoso', slice?.key ?? '', { failures: 'few' });
    await world.poll();
    for (let n = 0; n < 60; n++) for (const worker of [0, 1]) await world.work(worker);
    const ledger = await world.ledger();
    expect(ledger).toMatchObject({ state: 'Running' });
    expect(ledger?.lowMs).toBe(ledger?.highMs);
    const shown = await inputs();
    expect(deriveStatus(shown)).toEqual({ name: 'Degraded', reason: 'unreadableRow' });
    expect(lastError(shown)?.problem.message).toContain(slice?.key);

    await spoil(world.tables.checkpoints, 'contoso', slice?.key ?? '', { failures: 0n });
    await settle(world);
    expect(await world.held()).toEqual(world.truth());
  });

  it.each(['live', 'backfill_0001', 'slice'])(
    'does not prevent the clean-up of a deleted connector: %s',
    async (row) => {
      await world.work(0);
      const [slice] = await world.deps.checkpoints.openSlices('contoso', '0001');
      const key = row === 'slice' ? (slice?.key ?? '') : row;
      await spoil(world.tables.checkpoints, 'contoso', key, { pages: 'many' });
      const stored = await world.deps.connectors.get('contoso');
      if (stored) await world.deps.connectors.tombstone(stored, { purging: true }, 1);
      const hidden = await world.deps.connectors.get('contoso');
      const removed: string[] = [];
      const vault = {
        ...world.deps.vault,
        remove: async (name: string) => void removed.push(name),
      };
      if (hidden) expect(await cleanUp({ ...world.deps, vault }, hidden, never)).toBe(true);
      expect(removed).toEqual(['okta-contoso-g1']);
      expect(await world.deps.connectors.get('contoso')).toBeUndefined();
    },
  );

  it('is read despite words and cells of a later version, which are kept', async () => {
    await world.work(0);
    const table = world.tables.checkpoints;
    const [slice] = await world.deps.checkpoints.openSlices('contoso', '0001');
    for (const key of ['live', 'backfill_0001', slice?.key ?? ''])
      await spoil(table, 'contoso', key, { addedLater: 'kept', alsoLater: 5n });
    await world.poll();
    await world.work(0);
    for (const key of ['live', 'backfill_0001'])
      expect((await table.get('contoso', key))?.cells).toMatchObject({
        addedLater: 'kept',
        alsoLater: 5n,
      });
    expect(await cancelBackfill(world.deps, aConnector(), '0001')).toBe(true);
  });

  it('keeps cells of a later version when a position is moved back', async () => {
    const memory = new MemoryTable();
    const checkpoints = new Checkpoints(memory);
    await memory.batch('contoso', [
      { kind: 'create', key: 'live', cells: { ...cellsOf(aLivePosition()), addedLater: true } },
      {
        kind: 'create',
        key: 'slice_0001_1',
        cells: cellsOf(aSlicePosition({ mode: 'mend' as never })),
      },
    ]);
    const live = await checkpoints.live('contoso');
    if (live) await checkpoints.commit('contoso', [replacement(live, { ...live.value, pages: 1 })]);
    expect((await memory.get('contoso', 'live'))?.cells).toMatchObject({
      addedLater: true,
      pages: 1n,
    });
    expect((await checkpoints.slice('contoso', 'slice_0001_1'))?.value.mode).toBe('mend');
  });
});

describe('an audit entry with a word of a later version', () => {
  it('is listed', async () => {
    const table = new MemoryTable();
    const audit = new Audit(table);
    const entry = { atMs: DAY, caller: 'a', action: 'b', result: 'postponed' as never };
    await audit.record(entry, '1');
    expect(await Array.fromAsync(audit.list(), ({ result }) => result)).toEqual(['postponed']);
  });
});

const cellsOf = (value: object): Cells =>
  Object.fromEntries(
    Object.entries(value).map(([name, cell]) => [
      name,
      typeof cell === 'number' ? BigInt(cell) : Array.isArray(cell) ? JSON.stringify(cell) : cell,
    ]),
  );
