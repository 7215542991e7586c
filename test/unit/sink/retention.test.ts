import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { systemChance } from '../../../shared/chance.ts';
import { type RawEvent, splitEvents } from '../../../shared/okta/split-events.ts';
import { CountReader } from '../../../shared/sink/count-reader.ts';
import { deadLetters } from '../../../shared/sink/dead-letters.ts';
import { EventsQuery } from '../../../shared/sink/events-query.ts';
import { deleteExpired, deleteExpiredLetters } from '../../../shared/sink/retention.ts';
import type { SinkStores } from '../../../shared/sink/stores.ts';
import { TablesSink } from '../../../shared/sink/tables-sink.ts';
import type { KeyRange, Row } from '../../../shared/storage/table.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { named, refuse } from '../../support/refusing-table.ts';
import { aConnector } from '../../support/samples.ts';

const KEEP_FROM = Date.parse('2026-11-20T15:00:00.000Z');
const CHAIN = { connectorId: 'contoso', generation: 'g1', name: 'live', source: 'live' } as const;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Counts the rows that are read, and simulates the time of the reads. */
class ReadTable extends MemoryTable {
  rowsRead = 0;
  queries: string[] = [];
  msPerRow = 0;

  override async *list(partition: string, range?: KeyRange): AsyncGenerator<Row> {
    this.queries.push(partition);
    for await (const row of super.list(partition, range)) {
      this.rowsRead++;
      nowMs += this.msPerRow;
      yield row;
    }
  }
}

let stores: SinkStores & { events: ReadTable; blobs: MemoryBlobs };
let nowMs: number;
const clock = { nowMs: () => nowMs, sleep: async () => {} };

const large = randomBytes(900_000).toString('base64');

/** 150 events on each of three days, one of which exceeds a row. */
beforeEach(async () => {
  nowMs = 0;
  stores = {
    events: new ReadTable(clock),
    deadLetters: new MemoryTable(clock),
    blobs: new MemoryBlobs(),
  };
  const events = ['2026-11-18', '2026-11-19', '2026-11-20'].flatMap((day) =>
    Array.from({ length: 150 }, (_, n) => ({
      uuid: `${day}-${n}`,
      published: `${day}T12:00:00.000Z`,
      ...(day === '2026-11-18' && n === 0 ? { large } : {}),
    })),
  );
  await store(...events);
  nowMs = 2 * HOUR;
});

const counts = () => new CountReader(stores, clock);
const expire = async (stopAtMs = Number.POSITIVE_INFINITY, keepFromMs = KEEP_FROM) => {
  const deps = { stores, storageClock: clock };
  const outOfTime = () => nowMs >= stopAtMs;
  return await deleteExpired(deps, 'contoso', 'g1', keepFromMs, outOfTime);
};
const store = async (...events: object[]) => {
  const split = splitEvents(JSON.stringify(events)) as { events: RawEvent[] };
  await new TablesSink(stores, systemChance).open(CHAIN).write(split.events);
};
const late = (uuid: string) => ({ uuid, published: '2026-11-18T12:00:00.000Z' });
const uuids = async () => {
  const query = new EventsQuery(stores, counts(), clock);
  const page = await query.page('contoso', 'g1', { matches: () => true }, 1e6);
  return page.events.map(({ uuid }) => uuid);
};

describe('retention of dead letters', () => {
  const letters = async () => await Array.fromAsync(deadLetters(stores, aConnector()));
  const expireLetters = async (keepFromMs: number) =>
    await deleteExpiredLetters(stores, 'contoso', 'g1', keepFromMs, () => false);

  it('deletes letters by the time of their storage, with their blobs, and keeps their number', async () => {
    await store({ nameless: 'old' }, { nameless: 'old', large });
    nowMs = 3 * HOUR;
    await store({ nameless: 'new', large });
    expect(await letters()).toHaveLength(3);
    // Two blobs of letters, one of an event.
    expect(stores.blobs.texts.size).toBe(3);
    await expireLetters(3 * HOUR);
    expect((await letters()).map(({ raw }) => raw.slice(0, 17))).toEqual(['{"nameless":"new"']);
    expect(stores.blobs.texts.size).toBe(2);
    expect((await counts().counts('contoso', 'g1')).deadLettered).toBe(3);
  });

  it('keeps an event whose text was a dead letter before', async () => {
    const event = { uuid: 'big', published: '2026-11-20T12:00:00.000Z', large };
    const accept = refuse(stores.events, named('big'));
    await store(event);
    expect((await letters()).map(({ reason }) => reason)).toEqual(['refusedByStorage']);
    accept();
    await store(event);
    await expireLetters(3 * HOUR);
    expect(await letters()).toEqual([]);
    expect(await uuids()).toContain('big');
  });
});

describe('retention', () => {
  it('deletes whole days after their time, including blobs, and keeps the rest', async () => {
    expect(stores.blobs.texts.size).toBe(1);
    expect(await expire()).toBe(300);
    const left = await uuids();
    expect(left).toHaveLength(150);
    expect(left.every((uuid) => uuid.startsWith('2026-11-20'))).toBe(true);
    expect(stores.blobs.texts.size).toBe(0);
  });

  it('keeps a day with recent additions, however old the day is', async () => {
    nowMs = KEEP_FROM + 1;
    await store(late('late'));
    expect(await expire()).toBe(150);
    expect(await uuids()).toContain('late');
    expect(await expire(undefined, KEEP_FROM + 2)).toBe(151);
    expect(await uuids()).not.toContain('late');
  });

  it('keeps rows that arrive while a day is being emptied', async () => {
    const batch = stores.events.batch.bind(stores.events);
    stores.events.batch = async (partition, operations) => {
      stores.events.batch = batch;
      nowMs = KEEP_FROM + 1;
      await store(late('0-just-now'));
      return await batch(partition, operations);
    };
    await expire();
    expect(await uuids()).toContain('0-just-now');
    expect(await expire(undefined, KEEP_FROM + 2)).toBe(1);
  });

  it('does not lower the number of events ever stored', async () => {
    await expire();
    await expire();
    const { stored, perDay } = await counts().counts('contoso', 'g1');
    expect(stored).toBe(450);
    expect(perDay.map(({ events }) => events)).toEqual([150, 150, 150]);
  });

  it('folds the counts of quiet days: a cold sum over a year costs no more than over a month', async () => {
    const cost = async (days: number) => {
      const published = (n: number) => new Date(KEEP_FROM - n * DAY).toISOString();
      await store(
        ...Array.from({ length: days }, (_, n) => ({ uuid: 'u', published: published(n) })),
      );
      nowMs += 2 * HOUR;
      await expire(undefined, 0);
      stores.events.queries = [];
      expect((await counts().counts('contoso', 'g1')).stored).toBe(450 + days);
      return stores.events.queries.length;
    };
    const ofAMonth = await cost(30);
    expect(await cost(400)).toBeLessThanOrEqual(ofAMonth);
  });

  it('counts a folded day again after an addition, even when it was emptied', async () => {
    const stored = async () => (await counts().counts('contoso', 'g1')).stored;
    await expire();
    await store(late('late'));
    expect(await stored()).toBe(451);
    nowMs += 2 * HOUR;
    await expire(undefined, 0);
    expect(await stored()).toBe(451);
    await store(late('later'));
    expect(await stored()).toBe(452);
  });

  it('does not fold a day that is announced while its counters are read', async () => {
    const list = stores.events.list.bind(stores.events);
    stores.events.list = async function* (partition, range) {
      yield* list(partition, range);
      if (!partition.endsWith('2026-11-20')) return;
      stores.events.list = list;
      await store({ uuid: 'now', published: '2026-11-20T12:00:00.000Z' });
    };
    await expire(undefined, 0);
    expect((await counts().counts('contoso', 'g1')).stored).toBe(451);
  });

  it('stops when its time budget is spent, and continues in the next run', async () => {
    expect(await expire(0)).toBe(0);
    expect(await uuids()).toHaveLength(450);
    expect(await expire()).toBe(300);
  });

  it('does not read the rows of recently stored days, and checks once', async () => {
    stores.events.rowsRead = 0;
    expect(await expire(undefined, Date.parse('2026-11-19T00:00:00.000Z'))).toBe(150);
    await expire();
    nowMs = KEEP_FROM + 1;
    await store(...['a', 'b', 'c'].map(late));
    await expire();
    stores.events.queries = [];
    await expire();
    expect(stores.events.queries).toEqual(['contoso.g1']);
  });

  it('stops even while it only reads', async () => {
    nowMs = KEEP_FROM + 1;
    // Stored again under an old counter: every row must be checked, and none deleted.
    const partition = 'contoso.g1_2026-11-18';
    for (const { key, cells } of await Array.fromAsync(stores.events.list(partition, { to: '~' })))
      await stores.events.batch(partition, [{ kind: 'put', key, cells }]);
    stores.events.msPerRow = 1;
    stores.events.rowsRead = 0;
    expect(await expire(nowMs + 20)).toBe(0);
    expect(stores.events.rowsRead).toBeLessThan(30);
  });

  it('does not query a day that it has emptied, until rows are added to it', async () => {
    await expire();
    stores.events.queries = [];
    expect(await expire()).toBe(0);
    expect(stores.events.queries).toEqual(['contoso.g1']);
    await store(late('again'));
    nowMs = KEEP_FROM;
    expect(await expire()).toBe(1);
    expect(await uuids()).not.toContain('again');
  });

  it('does not treat a day as empty that is announced and not yet written', async () => {
    const written = Promise.withResolvers<void>();
    const batch = stores.events.batch.bind(stores.events);
    stores.events.batch = async (partition, operations) => {
      if (operations.length > 1 && operations.some(({ kind }) => kind === 'create'))
        await written.promise;
      return await batch(partition, operations);
    };
    await expire();
    const storing = store(late('slow'));
    await vi.waitUntil(async () => {
      const index = await stores.events.get('contoso.g1', '2026-11-18');
      return index?.cells.emptied === undefined;
    });
    await expire();
    written.resolve();
    await storing;
    nowMs = KEEP_FROM;
    expect(await expire()).toBe(1);
  });
});
