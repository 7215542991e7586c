/** The heartbeat of the poll timer in the health reply (docs/contract.md, "Health"). */
import { beforeEach, describe, expect, it } from 'vitest';
import { HealthChecker, TimerAges } from '../../../shared/health.ts';
import { tick as sendTick } from '../../../shared/ingest/send-due.ts';
import { connectorOf } from '../../support/backfills.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

const MINUTE = 60_000;
let world: World;
beforeEach(async () => {
  world = createWorld({ events: 0 });
  await world.connect({ backfillDays: 0 });
  await settle(world);
});

const tick = async (nextInMs = MINUTE) => await sendTick(world.deps, nextInMs);

/** Health of a process that has just started. */
async function health() {
  const { heartbeats, storageClock } = world.deps;
  const clock = { ...storageClock, sleep: () => new Promise<void>(() => {}) };
  const timer = async () =>
    new TimerAges(await heartbeats.lastTick(storageClock), storageClock.nowMs());
  const { checks } = await new HealthChecker({ timer }, clock).check();
  return checks[0];
}

describe('the poll timer', () => {
  it('is healthy while it ticks, and reports the age of its last tick', async () => {
    await tick();
    world.pass(40_000);
    expect(await health()).toMatchObject({ ok: true, lastTickSeconds: 40 });
  });

  it('is unhealthy after a quarter of an hour without a tick', async () => {
    await tick();
    world.pass(16 * MINUTE);
    expect(await health()).toMatchObject({ ok: false, lastTickSeconds: 960 });
  });

  it('may be silent for as long as its schedule allows', async () => {
    await tick(60 * MINUTE);
    world.pass(61 * MINUTE);
    expect((await health())?.ok).toBe(true);
  });

  it('is unhealthy when it has never ticked since the first check', async () => {
    expect((await health())?.ok).toBe(true);
    world.pass(16 * MINUTE);
    expect((await health())?.ok).toBe(false);
  });

  it('reports how long a connector was overdue whose messages are not processed', async () => {
    world.pass(20 * MINUTE);
    await tick();
    const { ok, oldestOverdueSeconds = 0 } = (await health()) ?? {};
    expect(ok).toBe(false);
    expect(oldestOverdueSeconds).toBeGreaterThan(15 * 60);
  });

  it('does not count a connector that may not poll', async () => {
    const stored = await world.deps.connectors.get('contoso');
    const disabled = { ...(await connectorOf(world)), enabled: false };
    await world.deps.connectors.replace(disabled, stored?.etag ?? '');
    world.pass(20 * MINUTE);
    await tick();
    expect(await health()).toMatchObject({ ok: true, oldestOverdueSeconds: 0 });
  });
});
