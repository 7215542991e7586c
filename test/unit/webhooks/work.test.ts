import { beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/storage/deliveries.ts';
import { reconcileDeliveries } from '../../../shared/webhooks/reconcile.ts';
import { instead, QuietWorld } from '../../simulation/quiet-world.ts';
import { HOUR } from '../../support/samples.ts';

let world: QuietWorld;
let key: string;
beforeEach(() => {
  world = new QuietWorld();
});

const delivery = async (): Promise<Delivery | undefined> =>
  (await world.doing(() => world.parts.deliveries.get(key)))?.delivery;

const cutOff = async () => {
  throw new Error('cut off');
};

describe('the credential of a delivery', () => {
  beforeEach(async () => {
    key = await world.record('connector.register', world.cloud.okta.newToken());
  });

  it('is gone once the delivery is done', async () => {
    await world.work(key);
    expect(await delivery()).toMatchObject({ state: 'done', result: 'ok' });
    expect(world.cloud.vault.live()).toHaveLength(1);
  });

  it('is kept as long as the delivery is not done: it is worked on again', async () => {
    const working = world.work(key, {
      ...world.parts,
      deliveries: instead(world.parts.deliveries, { replace: cutOff }),
    });
    await expect(working).rejects.toThrow('cut off');
    expect(world.cloud.vault.live()).toContain(`delivery-${key}`);
    await world.work(key);
    expect(await delivery()).toMatchObject({ state: 'done', result: 'ok' });
  });

  it('is removed by housekeeping when the work was cut off behind its end', async () => {
    const vault = instead(world.parts.vault, { remove: cutOff });
    await expect(world.work(key, { ...world.parts, vault })).rejects.toThrow('cut off');
    await world.doing(() => reconcileDeliveries(world.parts));
    expect(world.cloud.vault.live()).not.toContain(`delivery-${key}`);
    expect((await delivery())?.secretName).toBeUndefined();
  });

  it('is not missed by a worker whom another has overtaken', async () => {
    const vault = instead(world.parts.vault, { get: async () => undefined });
    const stale = await world.doing(() => world.parts.deliveries.get(key));
    await world.work(key);
    let reads = 0;
    const { deliveries } = world.parts;
    const late = instead(deliveries, {
      get: async (one) => (reads++ === 0 ? stale : await deliveries.get(one)),
    });
    await world.work(key, { ...world.parts, vault, deliveries: late });
    expect(await delivery()).toMatchObject({ state: 'done', result: 'ok' });
    expect((await world.connector()).state).toBe('active');
    const facts = [...world.cloud.tables.status.everything()].map(({ cells }) => cells);
    expect(facts.find((cells) => 'deliveryError' in cells)?.deliveryError).toBe('null');
  });
});

describe('a delivery whose credential is on its way into the vault', () => {
  it('is left alone by a process whose clock is hours ahead', async () => {
    const { vault } = world.parts;
    const ahead = {
      ...world.parts,
      clock: { ...world.parts.clock, nowMs: () => world.cloud.time.nowMs + 5 * HOUR },
    };
    const slow = instead(vault, {
      set: async (name, token) => {
        await reconcileDeliveries(ahead);
        return await vault.set(name, token);
      },
    });
    const parts = { ...world.parts, vault: slow };
    key = await world.record('connector.register', world.cloud.okta.newToken(), parts);
    expect(await delivery()).toMatchObject({ state: 'recorded', attempts: 0 });
  });
});
