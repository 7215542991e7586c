/** The probe of a registration is the first health check that the status shows. */
import { describe, expect, it } from 'vitest';
import { enable } from '../../../shared/connectors/enable-disable.ts';
import { update } from '../../../shared/connectors/register.ts';
import { Token } from '../../../shared/token.ts';
import { ADMIN, createDeliveryWorld } from '../../support/deliveries.ts';

const world = createDeliveryWorld();
const { deps } = world;
const shown = async () => (await deps.status.known(await world.connector())).facts.healthCheck;
const changes = {
  'a new registration': () => world.put(world.newToken()),
  'a new credential': () => update(deps, ADMIN, { credential: new Token(world.newToken()) }),
  'an enable': () => enable(deps, ADMIN),
};

describe('the last health check of a connector', () => {
  it.each(Object.keys(changes) as (keyof typeof changes)[])('is the probe of %s', async (what) => {
    world.pass(60_000);
    const atMs = world.org.nowMs();
    expect(await changes[what]()).toMatchObject({ ok: true });
    const check = await shown();
    expect(check?.ok).toBe(true);
    expect(check?.atMs).toBeGreaterThanOrEqual(atMs);
    expect(check?.checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['auth', true],
      ['logsRead', true],
    ]);
  });
});
