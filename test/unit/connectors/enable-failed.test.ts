import { expect, it } from 'vitest';
import { enable } from '../../../shared/connectors/enable-disable.ts';
import { ADMIN, createDeliveryWorld, registration } from '../../support/deliveries.ts';

it('enabling a failed registration requires its token, and the error does not blame a domain', async () => {
  const world = createDeliveryWorld();
  await world.deliver('one', 'connector.register', registration('refused'));
  await world.work('one');
  expect((await world.connector()).state).toBe('failed');
  expect(await enable(world.deps, ADMIN)).toMatchObject({ problem: { code: 'OktaTokenInvalid' } });
});
