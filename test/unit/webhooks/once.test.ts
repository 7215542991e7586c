import { beforeEach, describe, expect, it } from 'vitest';
import { clearAway, removeConnector } from '../../../shared/connectors/remove.ts';
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
    const deliveries = instead(world.parts.deliveries, { finish });
    await expect(world.work(key, { ...world.parts, deliveries })).rejects.toThrow('cut off');
    world.cloud.time.nowMs += MINUTE;
  });

  const outcome = async () =>
    (await world.doing(() => world.parts.deliveries.get(key)))?.delivery.state;

  it('does not bring its credential back over a later one', async () => {
    await world.put(world.cloud.okta.newToken());
    const later = await world.connector();
    await world.work(key);
    expect(await outcome()).toBe('done');
    expect((await world.connector()).secretVersion).toBe(later.secretVersion);
  });

  it('does not bring the connector back when it was deleted since', async () => {
    await world.doing(() => removeConnector(world.parts, ADMIN, false));
    await world.doing(async () => {
      const stored = await world.parts.connectors.get(ADMIN.id);
      if (stored) await clearAway(world.parts, stored, () => false);
    });
    await world.work(key);
    expect(await outcome()).toBe('done');
    expect((await world.connector()).state).toBe('deleted');
  });
});
