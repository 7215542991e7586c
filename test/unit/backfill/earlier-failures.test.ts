/**
 * The retry of a range that an earlier backfill has set aside, after another backfill has become the
 * latest.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { cleanUp } from '../../../shared/connectors/clean-up.ts';
import { deleteConnector } from '../../../shared/connectors/delete.ts';
import { SharedReads } from '../../../shared/shared-reads.ts';
import { coverageOf } from '../../../shared/status/coverage.ts';
import { readStatusInputs } from '../../../shared/status/read-status.ts';
import { connectorOf, start } from '../../support/backfills.ts';
import { failingOver } from '../../support/failing-queries.ts';
import { DAY, HOUR } from '../../support/samples.ts';
import { WorkedBackfill } from '../../support/worked-backfill.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let backfill: WorkedBackfill;
let heal: () => void;
const health = { passes: async () => true };

beforeEach(async () => {
  world = createWorld({ events: 300 });
  const fromMs = world.org.nowMs() - 5 * DAY;
  heal = failingOver(world.org, { fromMs, toMs: fromMs + 84_000 });
  await world.connect({ pollIntervalSeconds: 1800 });
  backfill = new WorkedBackfill(world);
  await backfill.run(6 * HOUR, () => backfill.isOver());
  expect((await world.ledger('0001'))?.state).toBe('Failed');
  const toMs = world.org.nowMs();
  await start(world, { fromMs: toMs - HOUR, toMs });
  await backfill.run(HOUR);
  expect((await world.ledger('0002'))?.state).toBe('Succeeded');
});

async function gaps() {
  const deps = { ...world.deps, counts: undefined as never, reads: new SharedReads(), health };
  return coverageOf(await readStatusInputs(deps, await connectorOf(world))).gaps;
}

describe('a range that an earlier backfill has set aside', () => {
  it('is retried once a day, and read when Okta can answer', async () => {
    const before = world.org.answered.get(500) ?? 0;
    await backfill.run(2 * DAY);
    const again = (world.org.answered.get(500) ?? 0) - before;
    expect(again).toBeGreaterThanOrEqual(2);
    expect(again).toBeLessThanOrEqual(30);
    expect((await world.ledger('0001'))?.state).toBe('Failed');
    heal();
    await backfill.run(DAY + HOUR);
    expect(await world.ledger('0001')).toMatchObject({ state: 'Succeeded', unreadable: [] });
    expect(await world.held()).toEqual(world.truth());
    expect(await gaps()).toEqual([]);
  });

  it('is shown as a gap even while it is retried', async () => {
    const isTried = async () => (await world.ledger('0001'))?.state === 'Running';
    expect(await backfill.run(2 * DAY, isTried)).toBe(true);
    await backfill.run(1000);
    expect(await world.deps.checkpoints.openSlices('contoso', '0001')).not.toEqual([]);
    expect((await gaps()).map(({ reason }) => reason)).toContain('unreadable');
  });

  it('is ignored after the connector is deleted', async () => {
    await backfill.run(2 * DAY, async () => (await world.ledger('0001'))?.state === 'Running');
    await deleteConnector(world.deps, { id: 'contoso', caller: 'admin' }, false);
    const stored = await world.deps.connectors.get('contoso');
    if (stored) await cleanUp(world.deps, stored, () => false);
    expect((await world.ledger('0001'))?.state).toBe('Canceled');
    expect(await world.deps.checkpoints.openSlices('contoso', '0001')).toEqual([]);
  });
});
