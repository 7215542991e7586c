import { beforeEach, describe, expect, it } from 'vitest';
import { deleteConnector } from '../../../shared/connectors/delete.ts';
import { runHousekeeping } from '../../../shared/housekeeping/run-housekeeping.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let removed: string[];
beforeEach(async () => {
  world = createWorld({ events: 10 });
  await world.connect();
  await world.poll();
  removed = [];
  world.deps.vault.remove = async (name) => void removed.push(name);
});

const tick = async () => {
  const failures: unknown[] = [];
  await runHousekeeping(world.deps, {
    failed: (_, error) => void failures.push(error),
    expired: () => {},
  });
  expect(failures).toEqual([]);
};
const remove = async (purge: boolean) =>
  await deleteConnector(world.deps, { id: 'contoso', caller: 'functionKey' }, purge);

describe('a deleted connector', () => {
  it('is cleaned up once, and again after its last run', async () => {
    await remove(false);
    for (let n = 0; n < 3; n++) await tick();
    expect(removed).toEqual(['okta-contoso-g1']);
    world.pass(13 * 60_000);
    for (let n = 0; n < 3; n++) await tick();
    expect(removed).toHaveLength(2);
  });

  it('is cleaned up by the next housekeeping when the vault was unavailable', async () => {
    await remove(false);
    const { remove: working } = world.deps.vault;
    world.deps.vault.remove = async () => {
      throw new Error('the vault is away');
    };
    await expect(tick()).rejects.toThrow();
    world.deps.vault.remove = working;
    await tick();
    expect(removed).toEqual(['okta-contoso-g1']);
  });

  it('is purged after an earlier clean-up', async () => {
    await remove(false);
    await tick();
    await remove(true);
    await tick();
    expect(await world.deps.connectors.get('contoso')).toBeUndefined();
  });
});
