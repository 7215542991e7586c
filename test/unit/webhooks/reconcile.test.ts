import { beforeEach, describe, expect, it } from 'vitest';
import type { KeyRange, Row } from '../../../shared/storage/table.ts';
import { Token } from '../../../shared/token.ts';
import {
  CREDENTIAL,
  createConnectedDeliveryWorld,
  type DeliveryWorld,
} from '../../support/deliveries.ts';
import { DAY } from '../../support/samples.ts';

const MINUTE = 60_000;
let world: DeliveryWorld;
beforeEach(async () => {
  world = await createConnectedDeliveryWorld();
});

/** Counts the rows that are listed from now on. */
function countListed(): () => number {
  let rows = 0;
  const list = world.tables.deliveries.list.bind(world.tables.deliveries);
  world.tables.deliveries.list = async function* (
    partition: string,
    range?: KeyRange,
  ): AsyncGenerator<Row> {
    for await (const row of list(partition, range)) {
      rows++;
      yield row;
    }
  };
  return () => rows;
}

/** The next sender's write to the vault is interrupted. */
function cutOffAtVault(): void {
  const set = world.vault.set.bind(world.vault);
  world.vault.set = async () => {
    world.vault.set = set;
    throw new Error('cut off');
  };
}
const update = async (id: string) =>
  await world.deliver(id, 'connector.update', { credential: CREDENTIAL });

describe('an interrupted delivery', () => {
  it('is queued again when it was not processed', async () => {
    await world.deliver('one', 'connector.disable');
    await world.reconcile();
    expect(world.queued).toHaveLength(1);
    world.pass(2 * MINUTE);
    await world.reconcile();
    expect(world.queued).toHaveLength(2);
  });

  it('is abandoned when its request was interrupted, and a retry is a new delivery', async () => {
    cutOffAtVault();
    await expect(update('one')).rejects.toThrow('cut off');
    await world.vault.set((await world.delivery('one'))?.secretName ?? '', new Token('00late'));
    world.pass(16 * MINUTE);
    await world.reconcile();
    expect(await world.delivery('one')).toBeUndefined();
    expect(world.secretsOfDeliveries()).toEqual([]);
    await update('one');
    await world.reconcile();
    const again = await world.delivery('one');
    expect(again?.state).toBe('recorded');
    expect(world.vault.secrets.has(again?.secretName ?? '')).toBe(true);
  });

  it.each([
    ['before it is abandoned', 'get'],
    ['while its secret is removed', 'remove'],
  ] as const)('keeps its token when it arrives again %s', async (_when, step) => {
    cutOffAtVault();
    await expect(update('one')).rejects.toThrow('cut off');
    world.pass(16 * MINUTE);
    if (step === 'get') {
      const get = world.deps.deliveries.get.bind(world.deps.deliveries);
      world.deps.deliveries.get = async (key) => {
        world.deps.deliveries.get = get;
        const read = await get(key);
        await update('one');
        return read;
      };
    } else {
      const remove = world.vault.remove.bind(world.vault);
      world.vault.remove = async (name) => {
        world.vault.remove = remove;
        await update('one');
        await remove(name);
      };
    }
    await world.reconcile();
    const { state, secretName = '', secretVersion = '' } = (await world.delivery('one')) ?? {};
    expect(state).toBe('recorded');
    expect(await world.vault.get(secretName, secretVersion)).toBeDefined();
    await world.reconcile();
    expect(await world.vault.get(secretName, secretVersion)).toBeDefined();
  });

  it('leaves no secret, wherever its abandonment was interrupted', async () => {
    cutOffAtVault();
    await expect(update('one')).rejects.toThrow('cut off');
    await world.vault.set((await world.delivery('one'))?.secretName ?? '', new Token('00late'));
    world.pass(16 * MINUTE);
    const remove = world.vault.remove.bind(world.vault);
    world.vault.remove = async () => {
      world.vault.remove = remove;
      throw new Error('the vault is away');
    };
    await world.reconcile();
    expect(world.failed).toHaveLength(1);
    await update('one');
    await world.reconcile();
    expect(world.secretsOfDeliveries()).toEqual([(await world.delivery('one'))?.secretName]);
  });
});

describe('a delivery that arrives twice concurrently', () => {
  it('leaves no secret when one request writes it after the other was processed', async () => {
    const set = world.vault.set.bind(world.vault);
    world.vault.set = async (name, token) => {
      world.vault.set = set;
      await update('one');
      await world.work('one');
      return await set(name, token);
    };
    await update('one');
    expect((await world.delivery('one'))?.state).toBe('done');
    expect(world.secretsOfDeliveries()).toEqual([]);
  });
});

describe('reconciling deliveries', () => {
  it('continues after a failed delivery', async () => {
    await world.deliver('first', 'connector.disable');
    world.pass(1);
    await world.deliver('second', 'connector.disable');
    world.pass(2 * MINUTE);
    world.queued.length = 0;
    const { send } = world.deps.workQueue;
    world.deps.workQueue.send = async () => {
      world.deps.workQueue.send = send;
      throw new Error('the queue is away');
    };
    await world.reconcile();
    expect(world.failed).toHaveLength(1);
    expect(world.queued).toEqual([{ kind: 'delivery', deliveryKey: world.keyOf('second') }]);
  });

  it('does not read finished deliveries until it deletes them after eight days', async () => {
    for (let n = 0; n < 20; n++) {
      await world.deliver(`done-${n}`, 'connector.disable');
      await world.work(`done-${n}`);
    }
    expect((await world.delivery('done-7'))?.state).toBe('done');
    const listed = countListed();
    world.pass(7 * DAY);
    await world.reconcile();
    expect(listed()).toBe(0);
    expect(await world.deliver('done-7', 'connector.enable')).toMatchObject({
      code: 'DeliveryConflict',
    });
    world.pass(DAY + MINUTE);
    await world.reconcile();
    expect(await Array.fromAsync(world.tables.deliveries.list('deliveries'))).toEqual([]);
  });
});
