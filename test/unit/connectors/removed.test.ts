import { beforeEach, describe, expect, it } from 'vitest';
import { cancelBackfill, startBackfill } from '../../../shared/backfill/start.ts';
import { deleteConnector } from '../../../shared/connectors/delete.ts';
import { provision } from '../../../shared/connectors/provision.ts';
import {
  ADMIN,
  away,
  createDeliveryWorld,
  type DeliveryWorld,
  instead,
  registration,
} from '../../support/deliveries.ts';

const MINUTE = 60_000;

let world: DeliveryWorld;
beforeEach(() => {
  world = createDeliveryWorld();
});

const connect = () => world.put(world.newToken());

describe('a delete by webhook whose clean-up fails', () => {
  beforeEach(async () => {
    await connect();
    await world.deliver('one', 'connector.delete');
    await world.work('one', { ...world.deps, vault: instead(world.deps.vault, { remove: away }) });
  });

  it('leaves the connector deleted', async () => {
    expect((await world.connector()).state).toBe('deleted');
  });

  it('leaves a secret that housekeeping removes', async () => {
    expect([...world.vault.secrets.keys()]).toHaveLength(1);
    await world.housekeeping();
    expect([...world.vault.secrets.keys()]).toEqual([]);
  });
});

describe('a registration by webhook that Okta has refused', () => {
  beforeEach(async () => {
    await world.deliver('one', 'connector.register', registration('of-nobody'));
    await world.work('one');
  });

  it('keeps its number when it is corrected, and leaves no status facts', async () => {
    const { state, registration } = await world.connector();
    expect(state).toBe('failed');
    await connect();
    expect(await world.connector()).toMatchObject({ state: 'active', registration });
    const partitions = [...world.tables.status.everything()].map((row) => row.partition);
    expect(new Set(partitions).size).toBe(1);
  });

  it('can be deleted without a secret, and gets a final sweep', async () => {
    await deleteConnector(world.deps, ADMIN, false);
    world.pass(30 * MINUTE);
    await world.housekeeping();
    const keys = [...world.tables.connectors.everything()].map(({ key }) => key);
    expect(keys).toEqual(['contoso']);
  });
});

describe('a registration that is interrupted before its token is in the vault', () => {
  const cutOff = async () => {
    const vault = instead(world.deps.vault, { set: away });
    const registering = world.put(world.newToken(), {}, { ...world.deps, vault });
    await expect(registering).rejects.toThrow('vault');
    world.pass(6 * MINUTE);
    await world.housekeeping();
  };

  it('leaves no row when it was the first registration', async () => {
    await cutOff();
    await expect(world.connector()).rejects.toThrow('no connector');
    const holder = await world.deps.connectors.holderOf('00oContoso');
    expect(holder).toBeUndefined();
  });

  it('keeps the events of an earlier registration', async () => {
    await connect();
    const { generation } = await world.connector();
    await world.remove(false);
    await cutOff();
    expect(await world.connector()).toMatchObject({ state: 'deleted', generation });
    await connect();
    expect(await world.connector()).toMatchObject({ state: 'active', generation });
  });
});

describe('a late request of a deleted registration', () => {
  const range = { fromMs: 0, toMs: 1 };

  it('starts no backfill after a purge', async () => {
    await connect();
    const connector = await world.connector();
    await world.remove(true);
    const start = () => startBackfill(world.deps, connector, range, 'fill');
    expect(await start()).toEqual({ kind: 'superseded' });
    world.pass(30 * MINUTE);
    await world.housekeeping();
    expect([...world.tables.checkpoints.everything()]).toEqual([]);
  });

  it('starts no backfill while a purge has deleted the last backfill and not yet its slices', async () => {
    await connect();
    const connector = await world.connector();
    await deleteConnector(world.deps, ADMIN, true);
    for (const key of ['backfill', 'backfill_0001'])
      await world.tables.checkpoints.batch('contoso', [{ kind: 'delete', key }]);
    const start = () => startBackfill(world.deps, connector, range, 'fill');
    expect(await start()).toEqual({ kind: 'superseded' });
  });

  it('does not change chains and backfill of the next registration', async () => {
    await connect();
    const gone = await world.connector();
    await world.remove(true);
    await connect();
    const { checkpoints } = world.deps;
    const present = async () => [
      await checkpoints.live('contoso'),
      await checkpoints.backfill('contoso', '0001'),
    ];
    const before = await present();
    await provision(world.deps, gone);
    await cancelBackfill(world.deps, gone, '0001');
    expect(await present()).toEqual(before);
  });
});
