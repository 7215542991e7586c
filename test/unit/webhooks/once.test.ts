import { beforeEach, describe, expect, it } from 'vitest';
import { cleanUp } from '../../../shared/connectors/clean-up.ts';
import { deleteConnector } from '../../../shared/connectors/delete.ts';
import { ADMIN, instead, QuietWorld } from '../../simulation/quiet-world.ts';

const MINUTE = 60_000;

let world: QuietWorld;
let key: string;

describe('a delivery that was applied, and whose work was cut off behind that', () => {
  beforeEach(async () => {
    world = new QuietWorld();
    key = await world.record('connector.register', world.cloud.okta.newToken());
    const finish = async () => {
      throw new Error('cut off');
    };
    const deliveries = instead(world.deps.deliveries, { finish });
    await expect(world.work(key, { ...world.deps, deliveries })).rejects.toThrow('cut off');
    world.cloud.time.nowMs += MINUTE;
  });

  const outcome = async () =>
    (await world.doing(() => world.deps.deliveries.get(key)))?.delivery.state;

  it('does not bring its credential back over a later one', async () => {
    await world.put(world.cloud.okta.newToken());
    const later = await world.connector();
    await world.work(key);
    expect(await outcome()).toBe('done');
    expect((await world.connector()).secretVersion).toBe(later.secretVersion);
  });

  const remove = async (purge: boolean) => {
    await world.doing(() => deleteConnector(world.deps, ADMIN, purge));
    await world.doing(async () => {
      const stored = await world.deps.connectors.get(ADMIN.id);
      if (stored) await cleanUp(world.deps, stored, () => false);
    });
  };

  it('does not bring the connector back when it was deleted since', async () => {
    await remove(false);
    await world.work(key);
    expect(await outcome()).toBe('done');
    expect((await world.connector()).state).toBe('deleted');
  });

  it('does not bring it back either when it was purged since', async () => {
    await remove(true);
    await world.work(key);
    expect(await outcome()).toBe('done');
    await expect(world.connector()).rejects.toThrow('there is no connector');
    expect(world.cloud.vault.live()).toEqual([]);
  });
});

describe('a delivery that comes while its connector is being purged', () => {
  it('is applied afterwards', async () => {
    world = new QuietWorld();
    await world.put(world.cloud.okta.newToken());
    await world.doing(() => deleteConnector(world.deps, ADMIN, true));
    world.cloud.time.nowMs += MINUTE;
    key = await world.record('connector.register', world.cloud.okta.newToken());
    await world.work(key);
    await world.housekeeping();
    await world.work(key);
    expect((await world.connector()).state).toBe('active');
  });
});

describe('a delivery whose connector keeps being changed by others meanwhile', () => {
  it.each(['connector.disable', 'connector.delete'] as const)(
    'is applied by a later attempt: %s',
    async (type) => {
      world = new QuietWorld();
      await world.put(world.cloud.okta.newToken());
      key = await world.record(type);
      const lost = async () => false;
      const connectors = instead(world.deps.connectors, { replace: lost, tombstone: lost });
      await world.work(key, { ...world.deps, connectors });
      const [before] = await states();
      expect(before).toBe('recorded');
      await world.work(key);
      const [after, state, enabled] = await states();
      expect(after).toBe('done');
      expect(state === 'deleted' || !enabled).toBe(true);
    },
  );

  async function states() {
    const { state, enabled } = await world.connector();
    return [
      (await world.doing(() => world.deps.deliveries.get(key)))?.delivery.state,
      state,
      enabled,
    ];
  }
});
