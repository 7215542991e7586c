import { beforeEach, describe, expect, it } from 'vitest';
import { deleteConnector } from '../../../shared/connectors/delete.ts';
import {
  ADMIN,
  away,
  createDeliveryWorld,
  type DeliveryWorld,
  instead,
} from '../../support/deliveries.ts';

let world: DeliveryWorld;
beforeEach(() => {
  world = createDeliveryWorld();
});

const put = (deps = world.deps, more = {}) => world.put(world.newToken(), more, deps);

describe('a registration', () => {
  it('that is deleted after its claim does not restore the deleted connector', async () => {
    const { connectors } = world.deps;
    let overtaken = false;
    const claim: typeof connectors.claim = async (connector) => {
      const claimed = await connectors.claim(connector);
      if (!overtaken) await deleteConnector(world.deps, ADMIN, false);
      overtaken = true;
      return claimed;
    };
    await put({ ...world.deps, connectors: instead(connectors, { claim }) });
    const { state, registration } = await world.connector();
    // The request claims the org again, as a new registration.
    expect({ state, registration }).toEqual({ state: 'active', registration: 2 });
    const holder = await connectors.holderOf('00oContoso');
    expect(holder).toBe(ADMIN.id);
  });

  it('that was interrupted and is repeated with another configuration uses the new configuration', async () => {
    const vault = instead(world.deps.vault, { set: away });
    await expect(put({ ...world.deps, vault })).rejects.toThrow('The vault is away');
    expect((await world.connector()).state).toBe('registering');
    await put(world.deps, { displayName: 'New', backfillDays: 9 });
    expect(await world.connector()).toMatchObject({
      state: 'active',
      displayName: 'New',
      backfillDays: 9,
    });
  });

  it('succeeds even when its last steps must wait', async () => {
    const workflows = instead(world.deps.workflows, { start: away });
    expect(await put({ ...world.deps, workflows })).toMatchObject({ value: { kind: 'created' } });
    await world.housekeeping();
    expect((await world.connector()).state).toBe('active');
  });
});
