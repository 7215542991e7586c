import { TableClient } from '@azure/data-tables';
import { ContainerClient } from '@azure/storage-blob';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemChance } from '../../../shared/chance.ts';
import { type RawEvent, splitEvents } from '../../../shared/okta/split-events.ts';
import { CountReader } from '../../../shared/sink/count-reader.ts';
import { EventsQuery } from '../../../shared/sink/events-query.ts';
import { deleteExpired } from '../../../shared/sink/retention.ts';
import type { SinkChain } from '../../../shared/sink/sink.ts';
import type { SinkStores } from '../../../shared/sink/stores.ts';
import { TablesSink } from '../../../shared/sink/tables-sink.ts';
import { AzureTable } from '../../../shared/storage/azure-table.ts';
import { AzureBlobs } from '../../../shared/storage/blobs.ts';
import { newStorageAccount } from '../../support/storage-account.ts';

const DAY = '2026-11-20';
const everything = { matches: () => true };
let stores: SinkStores;
let generation = 0;

beforeAll(async () => {
  const connectionString = await newStorageAccount();
  const table = (name: string) =>
    new AzureTable(
      TableClient.fromConnectionString(connectionString, name, {
        allowInsecureConnection: true,
      }),
    );
  stores = {
    events: table('events'),
    deadLetters: table('deadletters'),
    blobs: new AzureBlobs(async () => new ContainerClient(connectionString, 'large-events')),
  };
});

/** A chain of a connector that nobody else uses. */
const newChain = (name = 'live'): SinkChain => ({
  connectorId: 'contoso',
  generation: `g${++generation}`,
  name,
  source: name === 'live' ? 'live' : 'backfill',
});

function page(events: object[]): RawEvent[] {
  const split = splitEvents(JSON.stringify(events));
  if (!split.ok) throw new Error(split.reason);
  return split.events;
}

const event = (n: number, more: object = {}) => ({
  uuid: `uuid-${n}`,
  published: `${DAY}T10:00:${String(n % 60).padStart(2, '0')}.000Z`,
  ...more,
});
const many = (count: number) => Array.from({ length: count }, (_, n) => event(n));

/** Everything the sink holds of a chain's connector, newest first, and what it counts. */
async function held({ connectorId, generation }: SinkChain) {
  const clock = { nowMs: () => Date.now(), sleep: async () => {} };
  const counts = new CountReader(stores, clock);
  const { events } = await new EventsQuery(stores, counts, clock).page(
    connectorId,
    generation,
    everything,
    10_000,
  );
  return { events, counts: await counts.counts(connectorId, generation) };
}

describe('the sink', () => {
  it('stores a page and counts it by day', async () => {
    const chain = newChain();
    const written = await new TablesSink(stores, systemChance).open(chain).write(page(many(250)));
    expect(written).toEqual({ stored: 250, duplicates: 0, variants: 0, rejected: 0 });
    const { events, counts } = await held(chain);
    expect(new Set(events.map(({ uuid }) => uuid)).size).toBe(250);
    expect(counts).toMatchObject({ stored: 250, perDay: [{ date: DAY, events: 250 }] });
  });

  it('keeps the raw text as it was sent, digit for digit', async () => {
    const chain = newChain();
    const raw = `{ "uuid":"u1",\n "published" : "${DAY}T10:00:00.000Z", "n":9007199254740993, "f":1.0, "e":"\\u00e9\\/😀" }`;
    const split = splitEvents(`[${raw}]`);
    if (split.ok) await new TablesSink(stores, systemChance).open(chain).write(split.events);
    expect((await held(chain)).events.map((one) => one.raw)).toEqual([raw]);
  });

  it('keeps raw text of any size, compressed where a cell cannot hold it', async () => {
    const chain = newChain();
    // The last two need several cells, and a blob.
    const sizes = [32_767, 32_768, 40_000, 400_000, 4_000_000];
    const long = sizes.map((size, n) =>
      event(n, { debug: Array.from({ length: size / 10 }, () => Math.random()).join('') }),
    );
    const events = page(long);
    await new TablesSink(stores, systemChance).open(chain).write(events);
    const raws = (await held(chain)).events.map(({ raw }) => raw);
    expect(raws.toSorted()).toEqual(events.map(({ raw }) => raw).toSorted());
  });

  it('changes nothing when a page comes again, from the same chain or another', async () => {
    const chain = newChain();
    const sink = new TablesSink(stores, systemChance);
    await sink.open(chain).write(page(many(150)));
    const again = await sink.open(chain).write(page(many(150)));
    const other = await sink.open({ ...chain, name: 'b0001_1' }).write(page(many(160)));
    expect(again).toEqual({ stored: 0, duplicates: 150, variants: 0, rejected: 0 });
    expect(other).toEqual({ stored: 10, duplicates: 150, variants: 0, rejected: 0 });
    expect((await held(chain)).counts.stored).toBe(160);
  });

  it('stores each event once while several runners write the same pages', async () => {
    const chain = newChain();
    const writers = ['live', 'live', 'b0001_1', 'b0001_2'].map((name) =>
      new TablesSink(stores, systemChance).open({ ...chain, name }),
    );
    await Promise.all(writers.map((writer) => writer.write(page(many(400)))));
    const { events, counts } = await held(chain);
    expect(events).toHaveLength(400);
    expect(counts.stored).toBe(400);
  });

  it('counts a re-reading with other bytes as a variant and keeps the first', async () => {
    const chain = newChain();
    const sink = new TablesSink(stores, systemChance);
    await sink.open(chain).write(page([event(1)]));
    const again = await sink.open(chain).write(page([event(1, { added: 'later' })]));
    expect(again).toEqual({ stored: 0, duplicates: 1, variants: 1, rejected: 0 });
    expect((await held(chain)).events.map(({ raw }) => raw)).toEqual([JSON.stringify(event(1))]);
  });

  it('keeps what has no identity as a dead letter while the page goes on', async () => {
    const chain = newChain();
    const written = await new TablesSink(stores, systemChance)
      .open(chain)
      .write(
        page([
          event(1),
          event(1, { other: 'bytes' }),
          event(1),
          { published: `${DAY}T10:00:00.000Z` },
          { uuid: 'u' },
          { uuid: 'a/b', published: `${DAY}T10:00:00.000Z` },
        ]),
      );
    expect(written).toEqual({ stored: 1, duplicates: 1, variants: 0, rejected: 4 });
    expect((await held(chain)).counts).toMatchObject({ stored: 1, deadLettered: 4 });
  });

  it('takes a page of long events in CJK, which is over 4 MiB in one batch', async () => {
    const chain = newChain();
    const long = Array.from({ length: 99 }, (_, n) => event(n, { text: '漢'.repeat(14_500) }));
    const written = await new TablesSink(stores, systemChance).open(chain).write(page(long));
    expect(written.stored).toBe(99);
    expect((await held(chain)).events).toHaveLength(99);
  });

  it('settles what a verify has set aside in steps, and clears away what another has', async () => {
    const chain = newChain('v0001');
    const other = { ...chain, name: 'v0002' };
    const sink = new TablesSink(stores, systemChance);
    await sink.openStaging(chain).write(page(many(600)));
    await sink.openStaging(other).write(page(many(150)));
    expect(await sink.commitStaged(chain, () => true)).toBe('more');
    expect(await sink.commitStaged(chain, () => false)).toBe(600);
    const { connectorId, generation } = chain;
    expect(await sink.discardStaged(connectorId, generation, 'v0002', () => false)).toBe(true);
    expect(await sink.commitStaged(other, () => false)).toBe(0);
    expect((await held(chain)).events).toHaveLength(600);
  });

  it('expires a day, marks it as empty, and looks again when it is announced', async () => {
    const chain = newChain();
    const { connectorId, generation } = chain;
    let nowMs = Date.now();
    const expire = (keepFromMs: number) =>
      deleteExpired(
        { stores, storageClock: { nowMs: () => nowMs } },
        connectorId,
        generation,
        keepFromMs,
        () => false,
      );
    const mark = async () => (await stores.events.get(`${connectorId}.${generation}`, DAY))?.cells;
    await new TablesSink(stores, systemChance).open(chain).write(page(many(250)));
    const keepFromMs = nowMs + 365 * 86_400_000;
    nowMs = keepFromMs;
    expect(await expire(keepFromMs)).toBe(250);
    expect(await mark()).toMatchObject({ emptied: true });
    expect(await held(chain)).toMatchObject({ events: [], counts: { stored: 250 } });
    await new TablesSink(stores, systemChance).open(chain).write(page([event(900)]));
    expect(await mark()).toEqual({});
    expect(await expire(keepFromMs)).toBe(1);
  });
});
