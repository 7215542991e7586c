/**
 * Every compare-and-swap loop is bounded, with a defined result when its write keeps conflicting.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { planBackfill } from '../../shared/backfill/plan.ts';
import { requestBackfill } from '../../shared/backfill/request-backfill.ts';
import { cancelBackfill } from '../../shared/backfill/start.ts';
import { Checkpoints } from '../../shared/storage/checkpoints.ts';
import { StatusRows } from '../../shared/storage/status-facts.ts';
import type { BatchResult, Row } from '../../shared/storage/table.ts';
import { connectorOf } from '../support/backfills.ts';
import { CREDENTIAL, createConnectedDeliveryWorld } from '../support/deliveries.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { aConnector, NOW } from '../support/samples.ts';
import { createWorld, type World } from '../support/world.ts';

const told = { problem: { code: 'PreconditionFailed' } };
const AT_MOST = 1000;

/** Every write conflicts. */
class LostTable extends MemoryTable {
  override async batch(): Promise<BatchResult> {
    return { ok: false, reason: 'stale' };
  }
}

describe('a caller whose writes conflict every time', () => {
  let world: World;
  beforeEach(async () => {
    world = createWorld({ events: 10 });
    await world.connect();
  });
  const loseAll = () => {
    world.deps.checkpoints.commit = async () => undefined;
  };

  it('receives an error when a backfill cannot be started', async () => {
    await cancelBackfill(world.deps, aConnector(), '0001');
    const connector = await connectorOf(world);
    loseAll();
    const body = { mode: 'fill' as const };
    await expect(requestBackfill(world.deps, connector, body, 'one')).rejects.toMatchObject(told);
  });

  it('receives an error when a backfill cannot be canceled', async () => {
    loseAll();
    await expect(cancelBackfill(world.deps, aConnector(), '0001')).rejects.toMatchObject(told);
  });

  it('leaves a canceled backfill canceled when only the rest cannot be folded', async () => {
    const { commit } = world.deps.checkpoints;
    await world.work();
    let commits = 0;
    world.deps.checkpoints.commit = async (...given) =>
      ++commits === 1 ? await commit.apply(world.deps.checkpoints, given) : undefined;
    expect(await cancelBackfill(world.deps, aConnector(), '0001')).toBe(true);
    expect(commits).toBeLessThan(AT_MOST);
    expect(await world.ledger()).toMatchObject({ state: 'Canceled' });
  });

  it('plans no slice, and reports why', async () => {
    loseAll();
    const ref = { connectorId: 'contoso', generation: 'g1', backfillId: '0001', attempt: 0 };
    await expect(planBackfill(world.deps, { ...ref, worker: 0 })).rejects.toMatchObject(told);
  });

  it('receives an error when a 429 cannot be counted', async () => {
    const throttled = { untilMs: NOW + 30_000, concurrencyLimited: false };
    const counting = new StatusRows(new LostTable()).countThrottled(aConnector(), throttled, NOW);
    await expect(counting).rejects.toMatchObject(told);
  });
});

it('a backfill that changes between all reads is read a bounded number of times', async () => {
  const world = createWorld({ events: 10 });
  await world.connect();
  const ledger = await world.deps.checkpoints.backfill('contoso', '0001');
  let reads = 0;
  class BusyTable extends MemoryTable {
    override async get(): Promise<Row> {
      if (++reads > AT_MOST) throw new Error('read for ever');
      const lists = { finished: '[]', gaps: '[]', unreadable: '[]' };
      const cells = { ...ledger?.value, ...lists } as Row['cells'];
      return { partition: 'contoso', key: 'backfill_0001', etag: `${reads}`, storedAtMs: 0, cells };
    }
  }
  await expect(
    new Checkpoints(new BusyTable()).backfillWithSlices('contoso', '0001'),
  ).rejects.toMatchObject({ problem: { code: 'StorageUnavailable' } });
});

describe("a delivery whose worker's writes conflict every time", () => {
  it('is retried later, and not abandoned', async () => {
    const world = await createConnectedDeliveryWorld();
    await world.deliver('one', 'connector.disable');
    const { replace } = world.deps.connectors;
    world.deps.connectors.replace = async () => false;
    await world.work('one');
    expect(await world.delivery('one')).toMatchObject({ state: 'recorded', attempts: 1 });
    world.deps.connectors.replace = replace;
    await world.work('one');
    expect(await world.delivery('one')).toMatchObject({ state: 'done', result: 'ok' });
  });

  it('ends its message with an error when it cannot be finished', async () => {
    const world = await createConnectedDeliveryWorld();
    await world.deliver('one', 'connector.disable');
    world.deps.deliveries.finish = async () => false;
    await expect(world.work('one')).rejects.toMatchObject(told);
  });

  it('shows the refusal of Okta even when another write came first', async () => {
    const world = await createConnectedDeliveryWorld();
    const data = { id: 'fabrikam', domain: 'contoso.okta.com', credential: CREDENTIAL };
    await world.deliver('one', 'connector.register', data);
    const { connectors } = world.deps;
    const createUnclaimed = connectors.createUnclaimed.bind(connectors);
    connectors.createUnclaimed = async () => {
      connectors.createUnclaimed = createUnclaimed;
      return false;
    };
    await world.work('one');
    const shown = await connectors.get('fabrikam');
    expect(shown?.connector).toMatchObject({ state: 'failed' });
  });
});
