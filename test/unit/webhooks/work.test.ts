import { beforeEach, describe, expect, it } from 'vitest';
import { cancelBackfill } from '../../../shared/backfill/start.ts';
import { ProblemError } from '../../../shared/errors.ts';
import { LEASE_MS } from '../../../shared/storage/lease.ts';
import {
  CREDENTIAL,
  createConnectedDeliveryWorld,
  type DeliveryWorld,
} from '../../support/deliveries.ts';
import { aConnector } from '../../support/samples.ts';

let world: DeliveryWorld;
beforeEach(async () => {
  world = await createConnectedDeliveryWorld();
});

const cancel = async (id: string) => await cancelBackfill(world.deps, aConnector(), id);
const backfill = 'connector.backfill';

/** The next attempt to finish the delivery is interrupted. */
function cutOffAtFinish(): void {
  const { deliveries } = world.deps;
  const finish = deliveries.finish.bind(deliveries);
  deliveries.finish = async () => {
    deliveries.finish = finish;
    throw new Error('cut off');
  };
}

describe('a delivery that requests a backfill', () => {
  it('starts it once, even when it is interrupted before it is finished and the backfill has ended', async () => {
    await cancel('0001');
    await world.deliver('one', backfill);
    cutOffAtFinish();
    await expect(world.work('one')).rejects.toThrow('cut off');
    expect(await world.ledger('0002')).toMatchObject({ state: 'Running' });
    await cancel('0002');
    await world.work('one');
    expect(await world.ledger('0003')).toBeUndefined();
    expect(await world.delivery('one')).toMatchObject({ state: 'done', result: 'ok' });
  });

  it('starts it once when another backfill was started in between', async () => {
    await cancel('0001');
    await world.deliver('one', backfill);
    cutOffAtFinish();
    await expect(world.work('one')).rejects.toThrow('cut off');
    await cancel('0002');
    await world.startAnother();
    await world.work('one');
    expect(await world.delivery('one')).toMatchObject({ state: 'done', result: 'ok' });
    expect(await world.ledger('0004')).toBeUndefined();
  });

  it('is refused while another backfill is running', async () => {
    await world.deliver('one', backfill);
    await world.work('one');
    expect(await world.ledger('0002')).toBeUndefined();
    expect(await world.delivery('one')).toMatchObject({
      state: 'done',
      result: 'BackfillAlreadyRunning',
    });
    expect(await world.audited()).toEqual([
      { action: backfill, result: 'refused', code: 'BackfillAlreadyRunning' },
    ]);
  });

  it('starts a new backfill for another delivery', async () => {
    await cancel('0001');
    for (const [n, id] of ['one', 'two'].entries()) {
      await world.deliver(id, backfill);
      await world.work(id);
      await cancel(`000${n + 2}`);
    }
    expect(await world.ledger('0003')).toBeDefined();
  });
});

it('a delivery with an ignored field that is nested too deeply is refused', async () => {
  const status = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  const problem = await world.deliver('deep', 'connector.update', { displayName: 'New', status });
  expect(problem).toMatchObject({ code: 'InvalidRequest', target: 'data' });
});

describe('a delivery in progress', () => {
  /** Delays the first attempt at its request to Okta. */
  async function held() {
    const { deps } = world;
    const { send } = deps.transport;
    const [asked, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const transport = {
      send: async (request: Parameters<typeof send>[0]) => {
        asked.resolve();
        await free.promise;
        return await send(request);
      },
    };
    await world.deliver('one', 'connector.update', { credential: CREDENTIAL, displayName: 'New' });
    world.org.options.tokens.push(CREDENTIAL.token);
    const first = world.work('one', { ...deps, transport });
    await asked.promise;
    return { first, free: free.resolve };
  }

  it('is skipped by a second worker', async () => {
    const { first, free } = await held();
    const before = world.requests();
    await world.work('one');
    expect(world.requests()).toBe(before);
    free();
    await first;
    expect(await world.delivery('one')).toMatchObject({ state: 'done', attempts: 1 });
    expect(await world.audited()).toHaveLength(1);
  });

  it('is taken over from a worker that has died', async () => {
    await held();
    world.pass(LEASE_MS + 1000);
    await world.work('one');
    expect(await world.delivery('one')).toMatchObject({ state: 'done', result: 'ok', attempts: 2 });
  });
});

describe('an attempt', () => {
  const failWith = (error: Error) => {
    world.deps.connectors.replace = async () => {
      throw error;
    };
  };

  it('counts when it throws, is recorded as failed, and is the last after a day', async () => {
    await world.deliver('one', 'connector.disable');
    failWith(new Error('a defect'));
    for (let n = 0; n < 288; n++) await expect(world.work('one')).rejects.toThrow('a defect');
    expect(await world.delivery('one')).toMatchObject({ state: 'recorded', attempts: 288 });
    await world.work('one');
    expect(await world.delivery('one')).toMatchObject({ state: 'done', result: 'InternalError' });
    const audited = await world.audited();
    expect(audited).toHaveLength(288);
    const failed = { action: 'connector.disable', result: 'failed', code: 'InternalError' };
    expect(audited).toEqual(audited.map(() => failed));
  });

  it('counts when it must be retried, and is the last after a day', async () => {
    await world.deliver('one', 'connector.disable');
    failWith(new ProblemError({ code: 'StorageUnavailable', message: 'away' }));
    for (let n = 0; n < 287; n++) await world.work('one');
    expect(await world.delivery('one')).toMatchObject({ state: 'recorded', attempts: 287 });
    await world.work('one');
    expect(await world.delivery('one')).toMatchObject({
      state: 'done',
      result: 'StorageUnavailable',
    });
  });

  it('ends the delivery even when another delivery has begun, and deletes its credential', async () => {
    await world.deliver('one', 'connector.update', { credential: CREDENTIAL, displayName: 'New' });
    const { deliveries } = world.deps;
    const finish = deliveries.finish.bind(deliveries);
    deliveries.finish = async (stored, result) => {
      deliveries.finish = finish;
      const now = await deliveries.get(stored.key);
      if (now) await deliveries.replace(now, { ...now.delivery, attempts: 7 });
      return await finish(stored, result);
    };
    await world.work('one').catch(() => {});
    await world.work('one').catch(() => {});
    expect(await world.delivery('one')).toMatchObject({ state: 'done' });
    expect(world.secretsOfDeliveries()).toEqual([]);
    expect(await Array.fromAsync(deliveries.open())).toEqual([]);
  });
});
