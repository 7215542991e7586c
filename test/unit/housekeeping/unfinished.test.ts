/** The marks of unfinished connectors, and the share of all connectors that each round reconciles. */
import { beforeEach, describe, expect, it } from 'vitest';
import { startBackfill } from '../../../shared/backfill/start.ts';
import { deleteConnector } from '../../../shared/connectors/delete.ts';
import { provision } from '../../../shared/connectors/provision.ts';
import type { Deps } from '../../../shared/deps.ts';
import { dailyShare, runHousekeeping } from '../../../shared/housekeeping/run-housekeeping.ts';
import { WRITES_FOR_MS } from '../../../shared/storage/unfinished.ts';
import { connectorOf } from '../../support/backfills.ts';
import { CountingTable } from '../../support/counting-table.ts';
import { ADMIN, createDeliveryWorld, instead } from '../../support/deliveries.ts';
import { depsOver } from '../../support/deps-in-memory.ts';
import { Crash } from '../../support/disturbed-table.ts';
import { aConnector, DAY, HOUR } from '../../support/samples.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

const MINUTE = 60_000;
const failures: unknown[] = [];
const log = { failed: (_: string, error: unknown) => void failures.push(error), expired: () => {} };
/** Only the marks lead to work. */
const byMarks = async (deps: Deps) => await runHousekeeping(deps, log, () => 0);
const marked = async ({ deps }: Pick<World, 'deps'>) =>
  (await deps.connectors.unfinished.marks()).map(({ id }) => id);

let world: World;
beforeEach(() => {
  failures.length = 0;
  world = createWorld({ events: 20 });
});

/** A connector without unfinished work and without a mark. */
async function finished(): Promise<void> {
  await world.connect({ backfillDays: 1 });
  await settle(world);
  for (let round = 0; round < 3; round++) {
    world.pass(WRITES_FOR_MS + MINUTE);
    await byMarks(world.deps);
  }
  expect(await marked(world)).toEqual([]);
}

const lastDay = () => ({ fromMs: world.org.nowMs() - DAY, toMs: world.org.nowMs() });
const another = async (deps = world.deps) =>
  await startBackfill(deps, await connectorOf(world), lastDay(), 'fill');

describe('the mark of a connector', () => {
  it('is removed when no work is left, and no later', async () => {
    await world.connect({ backfillDays: 1 });
    await byMarks(world.deps);
    expect(await marked(world)).toEqual(['contoso']);
    await settle(world);
    world.pass(WRITES_FOR_MS + MINUTE);
    await byMarks(world.deps);
    expect(await marked(world)).toEqual([]);
    expect(failures).toEqual([]);
  });

  it('stays as long as work is left', async () => {
    await world.connect({ backfillDays: 1 });
    for (let round = 0; round < 3; round++) {
      world.pass(WRITES_FOR_MS + MINUTE);
      await byMarks(world.deps);
    }
    expect(await marked(world)).toEqual(['contoso']);
  });

  it('is there before a backfill starts, although the process dies at the next write', async () => {
    await finished();
    world.disturb((table) => (table === 'checkpoints' ? 'fail-before' : 'none'));
    await expect(another()).rejects.toThrow(Crash);
    expect(await marked(world)).toEqual(['contoso']);
  });

  it('stays while the work that it announces may not have begun yet', async () => {
    await finished();
    await world.deps.connectors.unfinished.mark('contoso');
    world.pass(WRITES_FOR_MS - MINUTE);
    await byMarks(world.deps);
    expect(await marked(world)).toEqual(['contoso']);
    world.pass(2 * MINUTE);
    await byMarks(world.deps);
    expect(await marked(world)).toEqual([]);
  });

  it('stays when more work began after the connector was found finished', async () => {
    await finished();
    await world.deps.connectors.unfinished.mark('contoso');
    world.pass(WRITES_FOR_MS + MINUTE);
    const { due } = world.deps;
    const get: typeof due.get = async (id) => {
      await another();
      return await due.get(id);
    };
    await byMarks({ ...world.deps, due: instead(due, { get }) });
    expect((await world.ledger('0002'))?.state).toBe('Running');
    expect(await marked(world)).toEqual(['contoso']);
  });

  it('stays on a failure, which is reported', async () => {
    await finished();
    await world.deps.connectors.unfinished.mark('contoso');
    world.pass(WRITES_FOR_MS + MINUTE);
    const away = { ...world.deps.checkpoints, snapshot: () => Promise.reject(new Error('away')) };
    const checkpoints = instead(world.deps.checkpoints, { snapshot: away.snapshot });
    await byMarks({ ...world.deps, checkpoints });
    expect(failures).toEqual([new Error('away')]);
    expect(await marked(world)).toEqual(['contoso']);
  });

  it('is written with a retry of ranges that were set aside', async () => {
    await finished();
    const stored = await world.deps.checkpoints.backfill('contoso', '0001');
    const { fromMs } = stored?.value ?? { fromMs: 0 };
    const unreadable = JSON.stringify([{ fromMs, toMs: fromMs + HOUR }]);
    const cells = { state: 'Failed', unreadable, retriedAtMs: 1n };
    await world.tables.checkpoints.batch('contoso', [
      { kind: 'merge', key: 'backfill_0001', cells },
    ]);
    await provision(world.deps, await connectorOf(world));
    expect((await world.ledger())?.state).toBe('Running');
    expect(await marked(world)).toEqual(['contoso']);
  });
});

describe('marks alone lead to all work', () => {
  it('of a registration or a delete that was interrupted after any write', async () => {
    for (let last = 1; ; last++) {
      const portal = createDeliveryWorld();
      const { deps } = portal;
      await byMarks(deps);
      let writes = 0;
      portal.disturb(() => (++writes > last ? 'fail-before' : 'none'));
      const token = portal.newToken();
      const isWhole = await portal.put(token).then(
        ({ ok }) => ok,
        () => false,
      );
      portal.disturb(() => 'none');
      for (let round = 0; round < 4; round++) {
        portal.pass(6 * MINUTE);
        await byMarks(deps);
      }
      const stored = await deps.connectors.get(ADMIN.id);
      if (stored && stored.connector.state !== 'deleted')
        expect([stored.connector.state, (await portal.ledger())?.state]).toEqual([
          'active',
          'Running',
        ]);

      writes = 0;
      portal.disturb(() => (++writes > last ? 'fail-before' : 'none'));
      await deleteConnector(deps, ADMIN, true).catch(() => {});
      portal.disturb(() => 'none');
      for (let round = 0; round < 4; round++) {
        portal.pass(6 * MINUTE);
        await byMarks(deps);
      }
      const left = await deps.connectors.get(ADMIN.id);
      expect(left?.connector.purging ?? false).toBe(false);
      if (isWhole && writes < last) return;
    }
  });
});

describe('a change of a connector that was interrupted after its row', () => {
  it('is completed: the missing part of a raised backfillDays is read', async () => {
    await finished();
    const stored = await world.deps.connectors.get('contoso');
    if (!stored) throw new Error('there is no connector');
    await world.deps.connectors.replace({ ...stored.connector, backfillDays: 9 }, stored.etag);
    await byMarks(world.deps);
    expect((await world.ledger('0002'))?.state).toBe('Running');
  });

  it.each([true, false])('is completed: a delete with purge %s is cleaned up', async (purge) => {
    await finished();
    await deleteConnector(world.deps, ADMIN, purge);
    await byMarks(world.deps);
    const stored = await world.deps.connectors.get('contoso');
    expect(stored?.connector.cleared).toBe(purge ? undefined : true);
    expect(stored === undefined).toBe(purge);
  });
});

describe('a connector without its row in the due index', () => {
  it('gets it when it was enabled, and its request was interrupted', async () => {
    await finished();
    const due = await world.deps.due.get('contoso');
    if (due) await world.deps.due.remove(due);
    const stored = await world.deps.connectors.get('contoso');
    if (!stored) throw new Error('there is no connector');
    await world.deps.connectors.replace({ ...stored.connector, enabled: true }, stored.etag);
    await byMarks(world.deps);
    expect(await world.deps.due.get('contoso')).toBeDefined();
  });
});

describe('a lost mark', () => {
  const IDS = Array.from({ length: 25 }, (_, n) => `c${String(n).padStart(2, '0')}`);
  const lose = async () => {
    for (const mark of await world.deps.connectors.unfinished.marks())
      await world.tables.connectors.batch('connector', [
        { kind: 'delete', key: `unfinished_${mark.id}` },
      ]);
  };
  const provisioned = async () => {
    const live = await Promise.all(IDS.map((id) => world.deps.checkpoints.live(id)));
    return live.filter((one) => one !== undefined).length;
  };
  const round = async () => {
    world.pass(5 * MINUTE);
    await runHousekeeping(world.deps, log);
  };

  it('is replaced within a day: each round reconciles a share of all connectors', async () => {
    await round();
    for (const id of IDS) await world.deps.connectors.claim(aConnector({ id, orgId: `o${id}` }));
    await lose();
    await round();
    expect(await provisioned()).toBe(10);
    expect(await marked(world)).toEqual(IDS.slice(0, 10));
    await round();
    await round();
    expect(await provisioned()).toBe(25);
    expect(failures).toEqual([]);
  });

  it('of every connector is replaced by the first round of a version with marks', async () => {
    for (const id of IDS) await world.deps.connectors.claim(aConnector({ id, orgId: `o${id}` }));
    await lose();
    await round();
    expect(await marked(world)).toEqual(IDS);
    await lose();
    // A version without marks runs for a while.
    world.pass(MINUTE);
    await world.deps.heartbeats.housekept({ atMs: world.deps.storageClock.nowMs() });
    await round();
    expect(await marked(world)).toEqual(IDS);
  });

  it.each([1, 10, 100, 2_879, 2_880, 2_881, 10_000, 99_999])(
    'of %i connectors is replaced within 288 rounds',
    (connectors) => {
      expect(dailyShare(connectors) * 288).toBeGreaterThanOrEqual(connectors);
      expect(dailyShare(connectors)).toBeGreaterThanOrEqual(Math.min(connectors, 10));
    },
  );
});

describe('the cost of a round', () => {
  it('of 1,000 idle connectors is at most a tenth of an operation for each', async () => {
    const { deps, tables } = world;
    let operations = 0;
    const counted = depsOver({
      ...deps,
      table: (name) => new CountingTable(tables[name], () => void operations++),
      blobs: deps.sinkStores.blobs,
    });
    const ids = Array.from({ length: 1_000 }, (_, n) => `c${String(n).padStart(4, '0')}`);
    for (const id of ids) {
      const connector = aConnector({ id, orgId: `o${id}`, backfillDays: 0 });
      await deps.connectors.claim(connector);
      await provision(deps, connector);
    }
    const using = { ...deps, ...counted };
    world.pass(WRITES_FOR_MS + MINUTE);
    await runHousekeeping(using, log);
    expect(await marked(world)).toEqual([]);
    operations = 0;
    await runHousekeeping(using, log);
    expect(operations / ids.length).toBeLessThanOrEqual(0.1);
    expect(failures).toEqual([]);
  });
});
