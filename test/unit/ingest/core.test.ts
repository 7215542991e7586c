import { describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../../shared/storage/lease.ts';
import { DAY, HOUR } from '../../support/samples.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

/** The promise: the sink holds exactly the org's events, and the numbers match. */
async function expectPromiseKept(world: World): Promise<void> {
  expect(await world.held()).toEqual(world.truth());
  const [counts, live, ledger] = [await world.counts(), await world.live(), await world.ledger()];
  expect(counts.stored).toBe(world.truth().length);
  expect(ledger).toMatchObject({ state: 'Succeeded', gaps: [] });
  const confirmed = (live?.events ?? 0) + (ledger?.events ?? 0);
  expect(confirmed).toBeGreaterThanOrEqual(counts.stored);
}

describe('live and backfill together', () => {
  it('read every event once', async () => {
    const world = createWorld();
    await world.connect();
    await settle(world);
    await expectPromiseKept(world);
    expect(world.org.answered.get(429)).toBeUndefined();
  });

  it('read the events that arrive in between, including late events', async () => {
    const world = createWorld({ events: 500, trickleEventsPerMinute: 10 });
    await world.connect();
    for (let minute = 0; minute < 60; minute++) {
      await world.work();
      await world.poll();
      world.pass(60_000);
    }
    world.pass(4 * HOUR);
    await settle(world);
    const held = new Set(await world.held());
    const before = world.org.nowMs() - 120_000;
    const due = [...world.org.truth()].filter(({ persistedAtMs }) => persistedAtMs < before);
    expect(due.filter(({ raw }) => !held.has(raw))).toEqual([]);
  });
});

describe('an idle poll', () => {
  it('costs exactly one request', async () => {
    const world = createWorld({ events: 0 });
    await world.connect();
    await settle(world);
    world.pass(2 * 60_000);
    const before = world.requests();
    expect(await world.poll()).toMatchObject({ kind: 'done' });
    expect(world.requests() - before).toBe(1);
  });

  it('is made for a message that becomes visible slightly early', async () => {
    const world = createWorld({ events: 0 });
    await world.connect();
    await settle(world);
    const { dueAtMs = 0 } = await world.facts();
    world.pass(dueAtMs - world.org.nowMs() - 1000);
    expect(await world.poll()).toMatchObject({ kind: 'done' });
  });

  it('is not made when none is due, and counts once when two runners poll', async () => {
    const world = createWorld({ events: 0 });
    await world.connect();
    await settle(world);
    expect(await world.poll()).toMatchObject({ kind: 'notDue' });
    world.pass(2 * 60_000);
    const [one, other] = await Promise.all([world.poll(), world.poll()]);
    expect([one.kind, other.kind].toSorted()).toEqual(['done', 'dropped']);
  });
});

describe('a run over a slice that took longer to get its lease than the lease lasts', () => {
  it('sends no request to Okta, because another run may have started', async () => {
    const world = createWorld();
    await world.connect();
    const { checkpoints } = world.deps;
    const commit = checkpoints.commit.bind(checkpoints);
    checkpoints.commit = async (...change) => {
      const etags = await commit(...change);
      world.pass(LEASE_MS + 1000);
      return etags;
    };
    await world.work();
    expect(world.requests()).toBe(0);
    checkpoints.commit = commit;
    await settle(world);
    await expectPromiseKept(world);
  });
});

describe('a quiet org', () => {
  it('with 40 events in 60 days costs at most a dozen requests', async () => {
    const world = createWorld({ events: 40 });
    await world.connect();
    while (await world.work());
    expect((await world.ledger())?.requests).toBeLessThanOrEqual(12);
    expect((await world.ledger())?.state).toBe('Succeeded');
  });
});

describe('a refused cursor', () => {
  it('restarts without loss, in live polling and within a slice', async () => {
    const world = createWorld({ trickleEventsPerMinute: 20 });
    await world.connect();
    await world.poll();
    await world.work();
    world.pass(60_000);
    world.org.refuseCursors();
    world.pass(60_000);
    await settle(world);
    world.pass(600_000);
    await settle(world);
    expect((await world.live())?.cursorResets).toBe(1);
    const held = new Set(await world.held());
    const before = world.org.nowMs() - 120_000;
    const due = [...world.org.truth()].filter(({ persistedAtMs }) => persistedAtMs < before);
    expect(due.filter(({ raw }) => !held.has(raw))).toEqual([]);
  });
});

describe('a query that takes Okta too long', () => {
  const widthOf = (url: string) => {
    const query = new URL(url, 'https://contoso.okta.com').searchParams;
    const until = query.get('until');
    return until ? Date.parse(until) - Date.parse(query.get('since') ?? '') : 0;
  };
  const failing = (tooMuch: (url: string) => boolean) => {
    const world = createWorld();
    world.org.faults.push({
      matches: ({ url }) => tooMuch(url),
      times: Number.POSITIVE_INFINITY,
      answer: () => world.org.error(500, 'E0000009', 'Internal Server Error'),
    });
    return world;
  };

  it('is repeated with smaller pages', async () => {
    const world = failing((url) => url.includes('until=') && /limit=(1000|500)/.test(url));
    await world.connect();
    await settle(world);
    await expectPromiseKept(world);
  });

  it('is repeated with narrower slices when smaller pages do not help', async () => {
    const world = failing((url) => widthOf(url) > 3 * DAY);
    await world.connect();
    await settle(world);
    await expectPromiseKept(world);
  });
});

describe('a limit of ten a minute', () => {
  it('is never exceeded, and the backfill still advances', async () => {
    const world = createWorld({ limitPerMinute: 10, events: 12_000 });
    await world.connect();
    await settle(world);
    expect(world.org.answered.get(429)).toBeUndefined();
    await expectPromiseKept(world);
  });
});
