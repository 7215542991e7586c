import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemChance } from '../../../shared/chance.ts';
import { type RawEvent, splitEvents } from '../../../shared/okta/split-events.ts';
import { CountReader } from '../../../shared/sink/count-reader.ts';
import { deadLetters } from '../../../shared/sink/dead-letters.ts';
import { TablesSink } from '../../../shared/sink/tables-sink.ts';
import { TablesStaging } from '../../../shared/sink/tables-staging.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { named, refuse } from '../../support/refusing-table.ts';
import { aConnector, HOUR } from '../../support/samples.ts';
import { createWorld, settle } from '../../support/world.ts';

const CHAIN = { connectorId: 'contoso', generation: 'g1', name: 'live', source: 'live' } as const;
const VERIFY = { ...CHAIN, name: 'v0001', source: 'backfill' } as const;
const PUBLISHED = '2026-11-20T12:00:00.000Z';

let stores: { events: MemoryTable; deadLetters: MemoryTable; blobs: MemoryBlobs };
beforeEach(() => {
  const table = () => new MemoryTable();
  stores = { events: table(), deadLetters: table(), blobs: new MemoryBlobs() };
});

const page = (...uuids: (string | undefined)[]): RawEvent[] => {
  const split = splitEvents(JSON.stringify(uuids.map((uuid) => ({ uuid, published: PUBLISHED }))));
  if (!split.ok) throw new Error(split.reason);
  return split.events;
};
const many = (count: number) => Array.from({ length: count }, (_, n) => `u${n}`);
const letters = async () =>
  (await Array.fromAsync(deadLetters(stores, aConnector()))).map(({ reason, raw, uuid }) => ({
    reason,
    uuid,
    raw,
  }));
const stored = () =>
  [...stores.events.everything()].filter(
    ({ partition, key }) => partition.includes('_') && !key.startsWith('~'),
  );

describe('a row that storage refuses permanently', () => {
  it('becomes a dead letter with its text in a blob; all other rows of the page are stored', async () => {
    refuse(stores.events, named('odd'));
    const sink = new TablesSink(stores, systemChance);
    const events = page(...many(250), 'odd-1', ...many(3).map((name) => `z${name}`), 'odd-2');
    expect(await sink.open(CHAIN).write(events)).toEqual({ duplicates: 0, variants: 0 });

    expect(stored()).toHaveLength(253);
    const raws = page('odd-1', 'odd-2').map(({ raw }) => raw);
    expect((await letters()).toSorted((a, b) => (a.raw < b.raw ? -1 : 1))).toEqual(
      raws.map((raw, n) => ({ reason: 'refusedByStorage', uuid: `odd-${n + 1}`, raw })),
    );
    expect(stores.blobs.texts.size).toBe(2);
    const clock = { nowMs: () => 0, sleep: async () => {} };
    const counts = await new CountReader(stores, clock).counts('contoso', 'g1');
    expect(counts).toMatchObject({ stored: 253, deadLettered: 2 });
  });

  it('changes nothing when its page is read again', async () => {
    refuse(stores.events, named('odd'));
    const sink = new TablesSink(stores, systemChance);
    await sink.open(CHAIN).write(page('a', 'odd', 'b'));
    expect(await sink.open(CHAIN).write(page('a', 'odd', 'b', 'c'))).toMatchObject({
      duplicates: 2,
    });
    expect(stored()).toHaveLength(3);
    expect(await letters()).toHaveLength(1);
  });

  it('is also found among the dead letters', async () => {
    const [nameless] = page(undefined);
    let refusals = 0;
    refuse(
      stores.deadLetters,
      (row) =>
        row.kind === 'create' &&
        'reason' in row.cells &&
        !('rawBlob' in row.cells) &&
        ++refusals > 0,
    );
    await new TablesSink(stores, systemChance)
      .open(CHAIN)
      .write([...page('a'), nameless as RawEvent]);
    expect(refusals).toBeGreaterThan(0);
    expect(await letters()).toEqual([{ reason: 'refusedByStorage', raw: nameless?.raw }]);
  });

  it('keeps its text without a second blob when the row would have used a blob', async () => {
    const large = randomBytes(900_000).toString('base64');
    const texts = [{ uuid: 'odd', published: PUBLISHED, large }, { large }];
    const { events } = splitEvents(JSON.stringify(texts)) as { events: RawEvent[] };
    refuse(stores.events, named('odd'));
    let refusals = 0;
    refuse(
      stores.deadLetters,
      (row) => 'cells' in row && !row.key.startsWith('~') && ++refusals < 2,
    );
    await new TablesSink(stores, systemChance).open(CHAIN).write(events);
    expect(refusals).toBeGreaterThan(1);
    expect((await letters()).map(({ raw }) => raw).toSorted()).toEqual(
      events.map(({ raw }) => raw).toSorted(),
    );
    expect(stores.blobs.texts.size).toBe(2);
  });

  it('is found when a verify stages events', async () => {
    refuse(stores.events, named('odd'));
    const staging = new TablesStaging(stores, systemChance);
    await staging.openStaging(VERIFY).write(page(...many(120), 'odd'));
    expect(await letters()).toMatchObject([{ reason: 'refusedByStorage', uuid: 'odd' }]);
    expect(await staging.commitStaged(VERIFY, () => false)).toBe(120);
  });

  it('confirms nothing when storage refuses every row', async () => {
    refuse(stores.events, () => true);
    refuse(stores.deadLetters, () => true);
    const writing = new TablesSink(stores, systemChance).open(CHAIN).write(page('a', 'b'));
    await expect(writing).rejects.toMatchObject({ problem: { code: 'StorageUnavailable' } });
  });

  it.each(['live', 'backfill'])('does not delay a %s', async (chain) => {
    const world = createWorld({ events: 400 });
    refuse(world.sinkStores.events, named('odd'));
    const atMs = world.org.nowMs() + (chain === 'live' ? HOUR : -48 * HOUR);
    const odd = `{"uuid":"odd","published":"${new Date(atMs).toISOString()}"}`;
    world.org.append(odd, atMs, atMs);
    await world.connect();
    world.pass(2 * HOUR);
    await settle(world);
    expect(await world.held()).toEqual(world.truth().filter((raw) => raw !== odd));
    expect((await world.counts()).deadLettered).toBe(1);
  });
});
