import { describe, expect, it } from 'vitest';
import { deleteConnector } from '../../../shared/connectors/delete.ts';
import {
  ADMIN,
  away,
  createDeliveryWorld,
  type DeliveryWorld,
  instead,
  registration,
} from '../../support/deliveries.ts';

const MINUTE = 60_000;

/** The delivery's worker is interrupted after the claim, and housekeeping releases the claim. */
async function releasedClaim(world: DeliveryWorld): Promise<void> {
  await world.deliver('one', 'connector.register', registration(world.newToken()));
  await world.work('one', { ...world.deps, vault: instead(world.deps.vault, { set: away }) });
  expect((await world.connector()).state).toBe('registering');
  world.pass(6 * MINUTE);
  await world.housekeeping();
}

describe('a registration by webhook whose claim was released before its secret was stored', () => {
  it('is finished when its worker continues', async () => {
    const world = createDeliveryWorld();
    await releasedClaim(world);
    await world.work('one');
    expect((await world.connector()).state).toBe('active');
  });

  it('is finished even when the connector had been registered before', async () => {
    const world = createDeliveryWorld();
    await world.put(world.newToken());
    await deleteConnector(world.deps, ADMIN, false);
    await releasedClaim(world);
    await world.work('one');
    expect(await world.connector()).toMatchObject({ state: 'active', registration: 3 });
  });

  it('is ended by a later delete with purge', async () => {
    const world = createDeliveryWorld();
    const vault = instead(world.deps.vault, { set: away });
    await world.deliver('one', 'connector.register', registration(world.newToken()));
    await world.work('one', { ...world.deps, vault });
    world.pass(6 * MINUTE);
    // The sink is unavailable: the clean-up of the released claim stays incomplete.
    const sink = instead(world.deps.sink, { purge: async () => false });
    await world.housekeeping({ ...world.deps, sink });
    expect(await deleteConnector(world.deps, ADMIN, true)).toMatchObject({
      ok: true,
    });
    await world.housekeeping();
    await world.work('one');
    expect(await world.deps.connectors.get(ADMIN.id)).toBeUndefined();
  });
});
