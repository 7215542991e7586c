/** After a fail-over or a restore, live polling moves back and reads again (docs/restore.md). */
import { beforeEach, describe, expect, it } from 'vitest';
import { rewind } from '../../../shared/connectors/rewind.ts';
import { coverageOf } from '../../../shared/status/coverage.ts';
import type { Row } from '../../../shared/storage/table.ts';
import { connectorOf } from '../../support/backfills.ts';
import { DAY, HOUR } from '../../support/samples.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = createWorld({ events: 200, trickleEventsPerMinute: 1 });
  await world.connect();
  await settle(world);
});

const rewindTo = async (from: number, requestedBy = 'r1') =>
  await rewind(world.deps, await connectorOf(world), { from }, requestedBy);

/** Restores the table `events`: later writes are lost, while `checkpoints` stays unchanged. */
async function restore(rows: readonly Row[]): Promise<void> {
  const { events } = world.tables;
  for (const { partition, key } of [...events.everything()])
    await events.batch(partition, [{ kind: 'delete', key }]);
  for (const { partition, key, cells } of rows)
    await events.batch(partition, [{ kind: 'put', key, cells }]);
}

const lost = async (): Promise<number> => {
  const held = new Set(await world.held());
  return world.truth().filter((raw) => !held.has(raw)).length;
};

describe('after a restore of the events', () => {
  it('a rewind restores and counts the lost events', async () => {
    const kept = structuredClone([...world.tables.events.everything()]);
    const lastSyncMs = world.org.nowMs();
    world.pass(3 * HOUR);
    await settle(world);
    await restore(kept);
    expect(await lost()).toBeGreaterThan(100);

    expect(await rewindTo(lastSyncMs - DAY)).toMatchObject({ ok: true });
    expect(await world.live()).toMatchObject({ cursorResets: 1 });
    await settle(world);
    await settle(world);
    const live = await world.live();
    const isOver = ({ persistedAtMs }: { persistedAtMs: number }) =>
      persistedAtMs < (live?.caughtUpAtMs ?? 0);
    const held = new Set(await world.held());
    const truth = [...world.org.truth()].filter(isOver);
    expect(truth.filter(({ raw }) => !held.has(raw)).length).toBe(0);
    expect((await world.counts()).stored).toBe(held.size);
    expect(await world.ledger('0002')).toMatchObject({ state: 'Succeeded', mode: 'fill' });
  });
});

describe('a rewind', () => {
  const complete = async () => {
    const { ledgers, live, slices } = await world.deps.checkpoints.snapshot('contoso');
    const [ledger, ...earlier] = ledgers.toReversed();
    const backfill = ledger && { ledger, open: slices };
    return coverageOf({ live, backfill, earlier }).complete;
  };

  it('withdraws the later time from the complete ranges, until it is read again', async () => {
    const from = world.org.nowMs() - 2 * DAY;
    const [before] = await complete();
    expect(before?.toMs).toBeGreaterThan(from);
    await rewindTo(from);
    expect((await complete()).at(-1)?.toMs).toBe(from);
    expect((await world.facts()).caughtUp).toBe(false);
    await settle(world);
    expect((await complete()).at(-1)?.toMs).toBeGreaterThan(from + 2 * DAY - HOUR);
  });

  it('takes the chain from its runner, whose writes then fail', async () => {
    world.pass(60_000);
    const { transport } = world.deps;
    let isRewound = false;
    world.deps.transport = {
      send: async (request) => {
        const reply = await transport.send(request);
        if (!isRewound) await rewindTo(world.org.nowMs() - HOUR);
        isRewound = true;
        return reply;
      },
    };
    expect(await world.poll()).toEqual({ kind: 'dropped' });
    expect((await world.live())?.nextUrl).not.toContain('after=');
  });

  it('restarts no later than requested when its first page is too large', async () => {
    const from = world.org.nowMs() - DAY;
    await rewindTo(from);
    const { transport } = world.deps;
    world.deps.transport = {
      send: async () => ({ kind: 'unreachable', reason: 'too-large', detail: '' }),
    };
    await world.poll();
    world.deps.transport = transport;
    const { nextUrl = '' } = (await world.live()) ?? {};
    const { since, limit } = Object.fromEntries(new URL(nextUrl).searchParams);
    expect([Date.parse(since ?? ''), limit]).toEqual([from, '500']);
  });

  it('of a chain that has not reached that time skips nothing', async () => {
    const late = createWorld({ events: 200 });
    await late.connect();
    const from = late.org.nowMs() - HOUR;
    await rewind(late.deps, await connectorOf(late), { from }, 'r1');
    const { nextUrl = '', startedAtMs } = (await late.live()) ?? {};
    expect(Date.parse(new URL(nextUrl).searchParams.get('since') ?? '')).toBe(startedAtMs);
  });

  it('of more than 90 days, or into the future, is refused and changes nothing', async () => {
    const before = await world.live();
    const nowMs = world.org.nowMs();
    expect(await rewindTo(nowMs - 91 * DAY)).toMatchObject({
      problem: { code: 'RangeOutsideRetention', target: 'from' },
    });
    expect(await rewindTo(nowMs + 1)).toMatchObject({
      problem: { code: 'InvalidRequest', target: 'from' },
    });
    expect(await world.live()).toEqual(before);
  });

  it('waits for a running backfill, because both would cover one range', async () => {
    await rewindTo(world.org.nowMs() - HOUR);
    const before = await world.live();
    const again = await rewindTo(world.org.nowMs() - 2 * HOUR, 'r2');
    expect(again).toMatchObject({ problem: { code: 'BackfillAlreadyRunning' } });
    expect(await world.live()).toEqual(before);
  });

  it('creates a missing live chain, which starts no later than that of a registration', async () => {
    const connectedAtMs = (await connectorOf(world)).connectedAtMs;
    await world.tables.checkpoints.batch('contoso', [{ kind: 'delete', key: 'live' }]);
    expect(await rewindTo(world.org.nowMs() - HOUR)).toMatchObject({ ok: true });
    expect(await world.live()).toMatchObject({ startedAtMs: connectedAtMs - DAY });
  });
});
