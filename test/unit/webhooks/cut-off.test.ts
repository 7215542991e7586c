import { describe, expect, it } from 'vitest';
import { deleteConnector } from '../../../shared/connectors/delete.ts';
import { ProblemError } from '../../../shared/errors.ts';
import { ADMIN, instead, QuietWorld } from '../../simulation/quiet-world.ts';

const MINUTE = 60_000;
const away = async () => {
  throw new ProblemError({ code: 'VaultUnavailable', message: 'away' });
};

/** The delivery's worker comes so far as the claim, and housekeeping gives the claim back. */
async function releasedClaim(world: QuietWorld): Promise<string> {
  const key = await world.record('connector.register', world.cloud.okta.newToken());
  await world.work(key, { ...world.deps, vault: instead(world.deps.vault, { set: away }) });
  expect((await world.connector()).state).toBe('registering');
  world.cloud.time.nowMs += 6 * MINUTE;
  await world.housekeeping();
  return key;
}

describe('a registration by webhook whose claim was given back before its secret came', () => {
  it('is finished when its worker comes back', async () => {
    const world = new QuietWorld();
    const key = await releasedClaim(world);
    await world.work(key);
    expect((await world.connector()).state).toBe('active');
  });

  it('is finished also when the connector had been registered before', async () => {
    const world = new QuietWorld();
    await world.put(world.cloud.okta.newToken());
    await world.doing(() => deleteConnector(world.deps, ADMIN, false));
    const key = await releasedClaim(world);
    await world.work(key);
    expect(await world.connector()).toMatchObject({ state: 'active', registration: 3 });
  });

  it('is ended by a delete with purge that comes after it', async () => {
    const world = new QuietWorld();
    const vault = instead(world.deps.vault, { set: away });
    const key = await world.record('connector.register', world.cloud.okta.newToken());
    await world.work(key, { ...world.deps, vault });
    world.cloud.time.nowMs += 6 * MINUTE;
    // The sink is away: the clean-up of the claim that was given back stays half done.
    const sink = instead(world.deps.sink, { purge: async () => false });
    await world.housekeeping({ ...world.deps, sink });
    expect(await world.doing(() => deleteConnector(world.deps, ADMIN, true))).toMatchObject({
      ok: true,
    });
    await world.housekeeping();
    await world.work(key);
    expect(await world.doing(() => world.deps.connectors.get(ADMIN.id))).toBeUndefined();
  });
});
