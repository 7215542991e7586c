import { expect, it } from 'vitest';
import { pollNow, resumePolling } from '../../../shared/connectors/resume-polling.ts';
import { connectorOf } from '../../support/backfills.ts';
import { createWorld } from '../../support/world.ts';

const WAIT_MS = 45_000;

it.each(['a poll out of turn', 'a successful test'])(
  '%s does not shorten a wait that Okta requires',
  async (what) => {
    const world = createWorld({ events: 10 });
    await world.connect({ backfillDays: 0 });
    const connector = await connectorOf(world);
    const nowMs = world.org.nowMs();
    const throttled = { untilMs: nowMs + WAIT_MS, concurrencyLimited: true };
    await world.deps.status.countThrottled(connector, throttled, nowMs);
    if (what === 'a successful test') await resumePolling(world.deps, connector, []);
    else await pollNow(world.deps, connector);
    expect((await world.facts()).dueAtMs).toBe(nowMs + WAIT_MS);
    expect(await world.poll()).toEqual({ kind: 'notDue', dueAtMs: nowMs + WAIT_MS });
    expect(world.requests()).toBe(0);
    world.pass(WAIT_MS);
    expect(await world.poll()).toMatchObject({ kind: 'done' });
  },
);
