/** Many connectors: no run is longer than its budget, and every connector has its turn. */
import { expect, it } from 'vitest';
import { runHousekeeping } from '../../../shared/housekeeping/run-housekeeping.ts';
import { CountingTable } from '../../support/counting-table.ts';
import { depsOver } from '../../support/deps-in-memory.ts';
import { aConnector } from '../../support/samples.ts';
import { createWorld } from '../../support/world.ts';

const IDS = Array.from({ length: 60 }, (_, n) => `c${String(n).padStart(2, '0')}`);
const log = { failed: () => {}, expired: () => {} };

it('housekeeping that has no time for all goes on in its next run', async () => {
  const world = createWorld({ events: 0 });
  for (const id of IDS) await world.deps.connectors.claim(aConnector({ id, orgId: `org-${id}` }));
  const reconciled = async () => {
    const live = await Promise.all(IDS.map((id) => world.deps.checkpoints.live(id)));
    return live.filter((one) => one !== undefined).length;
  };
  let nowMs = world.deps.clock.nowMs();
  const clock = { ...world.deps.clock, nowMs: () => (nowMs += 2_000) };
  await runHousekeeping({ ...world.deps, clock }, log);
  const first = await reconciled();
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(IDS.length);
  for (let run = 0; run < 3; run++) await runHousekeeping({ ...world.deps, clock }, log);
  expect(await reconciled()).toBe(IDS.length);
});

it('housekeeping of many unfinished connectors ends within its budgets, and leaves no step out', async () => {
  const world = createWorld({ events: 0 });
  const { deps, tables } = world;
  const many = Array.from({ length: 2_000 }, (_, n) => `c${String(n).padStart(4, '0')}`);
  for (const id of many) await deps.connectors.claim(aConnector({ id, orgId: `org-${id}` }));
  const slow = depsOver({
    ...deps,
    table: (name) => new CountingTable(tables[name], () => world.pass(10)),
    blobs: deps.sinkStores.blobs,
  });
  const takes = async () => {
    const beganMs = deps.clock.nowMs();
    await runHousekeeping({ ...deps, ...slow }, log);
    return deps.clock.nowMs() - beganMs;
  };
  // The budget of the marked connectors, and some seconds for the other steps.
  expect(await takes()).toBeLessThan(70_000);
  const first = await deps.heartbeats.lastHousekeeping();
  expect(first.markedAfter).not.toBe('');
  expect(first).toMatchObject({ allReconciled: true, expiredAfter: 'c0009' });
  for (let rounds = 1; rounds < 10; rounds++) await takes();
  const live = await Promise.all(many.map((id) => deps.checkpoints.live(id)));
  expect(live.filter((one) => one === undefined)).toEqual([]);
});
