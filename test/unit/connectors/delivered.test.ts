import { expect, it } from 'vitest';
import { update } from '../../../shared/connectors/register.ts';
import { Token } from '../../../shared/token.ts';
import { ADMIN, createDeliveryWorld, instead, registration } from '../../support/deliveries.ts';

it('a delivery with two workers does not undo changes made after the first', async () => {
  const world = createDeliveryWorld();
  const { deps } = world;
  await world.deliver('one', 'connector.register', registration(world.newToken()));
  const rotated = new Token(world.newToken());
  // The slow worker has read the delivery's token before the other worker finishes the delivery.
  let isSlow = true;
  const get: typeof deps.vault.get = async (name, version) => {
    const token = await deps.vault.get(name, version);
    if (isSlow) {
      isSlow = false;
      await world.work('one');
      await update(deps, ADMIN, { credential: rotated });
    }
    return token;
  };
  await world.work('one', { ...deps, vault: instead(deps.vault, { get }) });
  const { secretName, secretVersion = '' } = await world.connector();
  expect(await world.vault.get(secretName, secretVersion)).toEqual(rotated);
});
