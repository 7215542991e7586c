/** Many connectors: no run is longer than its budget, and every connector has its turn. */
import { expect, it } from 'vitest';
import { runHousekeeping } from '../../../shared/housekeeping/run-housekeeping.ts';
import { queueDue } from '../../../shared/ingest/poll-due.ts';
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
  for (let run = 0; run < 2; run++) await runHousekeeping({ ...world.deps, clock }, log);
  expect(await reconciled()).toBe(IDS.length);
});

it('the polls of a tick are sent side by side', async () => {
  const world = createWorld({ events: 0 });
  for (const id of IDS) await world.deps.status.merge(aConnector({ id }), { dueAtMs: 1 });
  let [now, most] = [0, 0];
  const send = async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
  };
  const { sent } = await queueDue({ ...world.deps, pollQueue: { send } }, 60_000);
  expect(sent).toBe(IDS.length);
  expect(most).toBe(16);
});

it.each([
  [10, [5]],
  [300, [5, 30, 240]],
])('a tick with the next one in %i seconds sends what is due before that', async (seconds, due) => {
  const world = createWorld({ events: 0 });
  const nowMs = world.deps.storageClock.nowMs();
  for (const dueIn of [5, 30, 240]) {
    const connector = aConnector({ id: `due-in-${dueIn}` });
    await world.deps.status.merge(connector, { dueAtMs: nowMs + dueIn * 1000 });
  }
  const delays: unknown[] = [];
  const send = async (_: unknown, delaySeconds?: number) => void delays.push(delaySeconds);
  await queueDue({ ...world.deps, pollQueue: { send } }, seconds * 1000);
  expect(delays.toSorted((a, b) => Number(a) - Number(b))).toEqual(due);
});
