import { beforeEach, describe, expect, it } from 'vitest';
import { deleteConnector } from '../../../shared/connectors/delete.ts';
import {
  ADMIN,
  createDeliveryWorld,
  type DeliveryWorld,
  instead,
  registration,
} from '../../support/deliveries.ts';

const MINUTE = 60_000;

let world: DeliveryWorld;

describe('a delivery whose processing was interrupted after it was applied', () => {
  beforeEach(async () => {
    world = createDeliveryWorld();
    await world.deliver('one', 'connector.register', registration(world.newToken()));
    const finish = async () => {
      throw new Error('cut off');
    };
    const deliveries = instead(world.deps.deliveries, { finish });
    await expect(world.work('one', { ...world.deps, deliveries })).rejects.toThrow('cut off');
    world.pass(MINUTE);
  });

  const outcome = async () => (await world.delivery('one'))?.state;

  it('does not restore its credential over a later credential', async () => {
    await world.put(world.newToken());
    const later = await world.connector();
    await world.work('one');
    expect(await outcome()).toBe('done');
    expect((await world.connector()).secretVersion).toBe(later.secretVersion);
  });

  it('does not restore the connector after a delete', async () => {
    await world.remove(false);
    await world.work('one');
    expect(await outcome()).toBe('done');
    expect((await world.connector()).state).toBe('deleted');
  });

  it('does not restore the connector after a purge', async () => {
    await world.remove(true);
    await world.work('one');
    expect(await outcome()).toBe('done');
    await expect(world.connector()).rejects.toThrow('there is no connector');
    expect([...world.vault.secrets.keys()]).toEqual([]);
  });
});

describe('a delivery that arrives while its connector is being purged', () => {
  it('is applied afterwards', async () => {
    world = createDeliveryWorld();
    await world.put(world.newToken());
    await deleteConnector(world.deps, ADMIN, true);
    world.pass(MINUTE);
    await world.deliver('one', 'connector.register', registration(world.newToken()));
    await world.work('one');
    await world.housekeeping();
    await world.work('one');
    expect((await world.connector()).state).toBe('active');
  });

  it('is applied even when the clock of the receiving process is slow', async () => {
    world = createDeliveryWorld();
    await world.put(world.newToken());
    await deleteConnector(world.deps, ADMIN, true);
    world.pass(100);
    const storageClock = { nowMs: () => world.deps.storageClock.nowMs() - 1000 };
    const body = registration(world.newToken());
    await world.deliver('one', 'connector.register', body, { ...world.deps, storageClock });
    await world.housekeeping();
    await world.work('one');
    expect((await world.connector()).state).toBe('active');
  });
});

describe('a delivery whose connector is changed repeatedly in the meantime', () => {
  it.each(['connector.disable', 'connector.delete'] as const)(
    'is applied by a later attempt: %s',
    async (type) => {
      world = createDeliveryWorld();
      await world.put(world.newToken());
      await world.deliver('one', type);
      const lost = async () => false;
      const connectors = instead(world.deps.connectors, { replace: lost, tombstone: lost });
      await world.work('one', { ...world.deps, connectors });
      const [before] = await states();
      expect(before).toBe('recorded');
      await world.work('one');
      const [after, state, enabled] = await states();
      expect(after).toBe('done');
      expect(state === 'deleted' || !enabled).toBe(true);
    },
  );

  async function states() {
    const { state, enabled } = await world.connector();
    return [(await world.delivery('one'))?.state, state, enabled];
  }
});
