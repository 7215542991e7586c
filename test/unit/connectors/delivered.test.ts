import { expect, it } from 'vitest';
import { update } from '../../../shared/connectors/register.ts';
import { Token } from '../../../shared/token.ts';
import { ADMIN, createDeliveryWorld, instead, registration } from '../../support/deliveries.ts';

it('a delivery that two workers work on does not undo what came after the first', async () => {
  const world = createDeliveryWorld();
  const { deps } = world;
  await world.deliver('one', 'connector.register', registration(world.newToken()));
  const rotated = new Token(world.newToken());
  // The slow one has read the delivery's token when the other one comes and is done with it.
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
