import { beforeEach, describe, expect, it } from 'vitest';
import { reconcileAll } from '../../../shared/connectors/reconcile.ts';
import { removeConnector } from '../../../shared/connectors/delete.ts';
import { Audit } from '../../../shared/storage/audit.ts';
import { Deliveries } from '../../../shared/storage/deliveries.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let removed: string[];
beforeEach(async () => {
  world = createWorld({ events: 10 });
  await world.connect();
  await world.poll();
  removed = [];
  world.parts.vault.remove = async (name) => void removed.push(name);
});

const tick = async () => {
  const orchestrations = { isActive: async () => true, start: async () => {} };
  const failures: unknown[] = [];
  const webhooks = {
    deliveries: new Deliveries(new MemoryTable()),
    audit: new Audit(new MemoryTable()),
  };
  await reconcileAll(
    { ...world.parts, ...webhooks },
    orchestrations,
    () => false,
    (_, error) => void failures.push(error),
  );
  expect(failures).toEqual([]);
};
const remove = async (purge: boolean) =>
  await removeConnector(world.parts, { id: 'contoso', caller: 'functionKey' }, purge);

describe('a deleted connector', () => {
  it('is cleared away once, and once more behind its last run', async () => {
    await remove(false);
    for (let n = 0; n < 3; n++) await tick();
    expect(removed).toEqual(['okta-contoso-g1']);
    world.pass(13 * 60_000);
    for (let n = 0; n < 3; n++) await tick();
    expect(removed).toHaveLength(2);
  });

  it('is cleared away at the next tick when the vault was away', async () => {
    await remove(false);
    const { remove: working } = world.parts.vault;
    world.parts.vault.remove = async () => {
      throw new Error('the vault is away');
    };
    await expect(tick()).rejects.toThrow();
    world.parts.vault.remove = working;
    await tick();
    expect(removed).toEqual(['okta-contoso-g1']);
  });

  it('is purged though it was cleared away before', async () => {
    await remove(false);
    await tick();
    await remove(true);
    await tick();
    expect(await world.parts.connectors.get('contoso')).toBeUndefined();
  });
});
