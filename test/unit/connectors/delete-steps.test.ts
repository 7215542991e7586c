import { beforeEach, describe, expect, it } from 'vitest';
import { cancelBackfill } from '../../../shared/backfill/start.ts';
import { cleanUp, cleanUpOrRequeue } from '../../../shared/connectors/clean-up.ts';
import { deleteConnector } from '../../../shared/connectors/delete.ts';
import { creation, sliceKey } from '../../../shared/storage/checkpoints.ts';
import { Connectors } from '../../../shared/storage/connectors.ts';
import { leaseFor } from '../../../shared/storage/lease.ts';
import { connectorOf } from '../../support/backfills.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { aConnector, aSlicePosition, DAY } from '../../support/samples.ts';
import { createWorld, type World } from '../../support/world.ts';

/** The number of slices into which two hours of 500s split sixteen slices. */
const PIECES = 230;
const BUDGET_MS = 60_000;

let world: World;
beforeEach(async () => {
  world = createWorld({ events: 100 });
  await world.connect();
});

/** Splits the newest days of the backfill into this many slices, each with an active run. */
async function openPieces(): Promise<void> {
  const { checkpoints } = world.deps;
  const ledger = await checkpoints.backfill('contoso', '0001');
  if (!ledger) throw new Error('there is no backfill');
  const { toMs } = ledger.value;
  const width = DAY / 10;
  const pieces = Array.from({ length: PIECES }, (_, n) =>
    aSlicePosition({
      fromMs: toMs - (n + 1) * width,
      toMs: toMs - n * width,
      ...leaseFor('runner', world.org.nowMs()),
    }),
  );
  for (let n = 0; n < PIECES; n += 99)
    await checkpoints.commit('contoso', [
      { ...ledgerMovedTo(pieces.slice(0, n + 99).at(-1)?.fromMs ?? 0) },
      ...pieces.slice(n, n + 99).map((one) => creation(sliceKey('0001', one.fromMs), one)),
    ]);
}
const ledgerMovedTo = (highMs: number) => ({
  kind: 'merge' as const,
  key: 'backfill_0001',
  cells: { highMs: BigInt(highMs) },
});
const open = async () => (await world.deps.checkpoints.openSlices('contoso', '0001')).length;
const remove = () => deleteConnector(world.deps, { id: 'contoso', caller: 'admin' }, true);

describe('a backfill with more slices than fit in a transaction', () => {
  it('can be canceled', async () => {
    await openPieces();
    expect(await cancelBackfill(world.deps, await connectorOf(world), '0001')).toBe(true);
    expect(await world.ledger()).toMatchObject({ state: 'Canceled', slicesDone: PIECES });
    expect(await open()).toBe(0);
  });

  it('does not prevent the clean-up of a deleted connector', async () => {
    await openPieces();
    await remove();
    await cleanUpOrRequeue(world.deps, 'contoso', BUDGET_MS);
    expect(await world.deps.connectors.get('contoso')).toBeUndefined();
    expect(await open()).toBe(0);
  });
});

describe('a clean-up whose last write conflicts with another', () => {
  it.each([true, false])('is not complete; purge: %s', async (purge) => {
    await deleteConnector(world.deps, { id: 'contoso', caller: 'admin' }, purge);
    const stored = await world.deps.connectors.get('contoso');
    if (!stored) throw new Error('there is no connector');
    await world.deps.connectors.replace({ ...stored.connector, displayName: 'New' }, stored.etag);
    expect(await cleanUp(world.deps, stored, () => false)).toBe(false);
    const now = await world.deps.connectors.get('contoso');
    if (!now) throw new Error('there is no connector');
    expect(await cleanUp(world.deps, now, () => false)).toBe(true);
  });
});

describe('the secret of a deleted connector', () => {
  it('is deleted first, even when the chains cannot be deleted', async () => {
    const removed: string[] = [];
    world.deps.vault.remove = async (name) => void removed.push(name);
    world.deps.checkpoints.live = async () => {
      throw new Error('the storage is away');
    };
    await remove();
    await expect(cleanUpOrRequeue(world.deps, 'contoso', BUDGET_MS)).rejects.toThrow('is away');
    expect(removed).toEqual(['okta-contoso-g1']);
  });

  it('that cannot be deleted now does not keep chains running', async () => {
    world.deps.vault.remove = async () => {
      throw new Error('the vault is away');
    };
    await remove();
    await expect(cleanUpOrRequeue(world.deps, 'contoso', BUDGET_MS)).rejects.toThrow('is away');
    expect(await world.ledger()).toMatchObject({ state: 'Canceled' });
  });
});

describe('a claim that was lost in a restore of storage', () => {
  it('does not prevent a delete, and the claim of another connector is kept', async () => {
    const table = new MemoryTable();
    const connectors = new Connectors(table);
    await connectors.claim(aConnector());
    await table.batch('connector', [{ kind: 'delete', key: 'org_00oContoso' }]);
    await connectors.claim(aConnector({ id: 'other' }));
    const stored = await connectors.get('contoso');
    if (!stored) throw new Error('there is no connector');
    expect(await connectors.tombstone(stored, {}, 1)).toBe(true);
    expect(await connectors.holderOf('00oContoso')).toBe('other');
  });
});
