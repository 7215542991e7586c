import { expect, it } from 'vitest';
import { update } from '../../../shared/connectors/register.ts';
import { Token } from '../../../shared/token.ts';
import { workDelivery } from '../../../shared/webhooks/work.ts';
import { ADMIN, instead, QuietWorld } from '../../simulation/quiet-world.ts';

it('a delivery that two workers work on does not undo what came after the first', async () => {
  const world = new QuietWorld();
  const { deps, cloud } = world;
  const key = await world.record('connector.register', cloud.okta.newToken());
  const rotated = new Token(cloud.okta.newToken());
  // The slow one has read the delivery's token when the other one comes and is done with it.
  let isSlow = true;
  const get: typeof deps.vault.get = async (name, version) => {
    const token = await deps.vault.get(name, version);
    if (isSlow) {
      isSlow = false;
      await workDelivery(deps, key);
      await update(deps, ADMIN, { credential: rotated });
    }
    return token;
  };
  await world.work(key, { ...deps, vault: instead(deps.vault, { get }) });
  const { secretName, secretVersion } = await world.connector();
  expect(cloud.vault.valueOf(secretName, secretVersion)).toBe(rotated.reveal());
});
