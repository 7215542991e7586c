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
import { TablesStaging } from '../../../shared/sink/tables-staging.ts';
import { AzureBlobs } from '../../../shared/storage/azure-blobs.ts';
import { AzureTable } from '../../../shared/storage/azure-table.ts';
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

/** A chain of a new connector. */
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

/** All stored events of a chain's connector, newest first, and their count. */
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
  it('counts the events of a page by day', async () => {
    const chain = newChain();
    const sink = new TablesSink(stores, systemChance);
    await sink.open(chain).write(page(many(250)));
    await sink.open({ ...chain, name: 'b0001_1' }).write(page(many(250)));
    const { counts } = await held(chain);
    expect(counts).toMatchObject({ stored: 250, perDay: [{ date: DAY, events: 250 }] });
  });

  it('counts each event once when several runners write the same pages', async () => {
    const chain = newChain();
    const writers = ['live', 'live', 'b0001_1', 'b0001_2'].map((name) =>
      new TablesSink(stores, systemChance).open({ ...chain, name }),
    );
    await Promise.all(writers.map((writer) => writer.write(page(many(400)))));
    expect((await held(chain)).counts.stored).toBe(400);
  });

  it('counts events without an identity as dead letters', async () => {
    const chain = newChain();
    await new TablesSink(stores, systemChance)
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
    expect((await held(chain)).counts).toMatchObject({ stored: 1, deadLettered: 4 });
  });

  it('commits the staged events of a verify in steps, and deletes those of another', async () => {
    const chain = newChain('v0001');
    const other = { ...chain, name: 'v0002' };
    const staging = new TablesStaging(stores, systemChance);
    await staging.openStaging(chain).write(page(many(600)));
    await staging.openStaging(other).write(page(many(150)));
    expect(await staging.commitStaged(chain, () => true)).toBe('more');
    expect(await staging.commitStaged(chain, () => false)).toBe(600);
    const { connectorId, generation } = chain;
    expect(await staging.discardStaged(connectorId, generation, 'v0002', () => false)).toBe(true);
    expect(await staging.commitStaged(other, () => false)).toBe(0);
    expect((await held(chain)).events).toHaveLength(600);
  });

  it('expires a day, marks it as empty, and checks it again when it is announced', async () => {
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
