import { beforeEach, describe, expect, it } from 'vitest';
import { type RawEvent, splitEvents } from '../../../shared/ingest/split-events.ts';
import { CountReader } from '../../../shared/sink/counts.ts';
import type { SinkStores } from '../../../shared/sink/events-table.ts';
import { EventsQuery } from '../../../shared/sink/query.ts';
import { deleteExpired } from '../../../shared/sink/retention.ts';
import { TablesSink } from '../../../shared/sink/tables-sink.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { MemoryTable } from '../../support/memory-table.ts';

const KEEP_FROM = Date.parse('2026-11-20T15:00:00.000Z');
const CHAIN = { connectorId: 'contoso', generation: 'g1', name: 'live', source: 'live' } as const;
let stores: SinkStores & { blobs: MemoryBlobs };
let nowMs: number;
const clock = { nowMs: () => nowMs, sleep: async () => {} };

/** 150 events on each of three days, one of them too large for a row. */
beforeEach(async () => {
  nowMs = 0;
  stores = {
    events: new MemoryTable(clock),
    deadLetters: new MemoryTable(clock),
    blobs: new MemoryBlobs(),
  };
  const large = Array.from({ length: 250_000 }, () => Math.random()).join();
  const events = ['2026-11-18', '2026-11-19', '2026-11-20'].flatMap((day) =>
    Array.from({ length: 150 }, (_, n) => ({
      uuid: `${day}-${n}`,
      published: `${day}T12:00:00.000Z`,
      ...(day === '2026-11-18' && n === 0 ? { large } : {}),
    })),
  );
  const split = splitEvents(JSON.stringify(events)) as { events: RawEvent[] };
  await new TablesSink(stores).open(CHAIN).write(split.events);
});

const counts = () => new CountReader(stores, clock);
const expire = (stopAtMs: number) =>
  deleteExpired({ stores, counts: counts(), clock }, 'contoso', 'g1', KEEP_FROM, stopAtMs);
const uuids = async () => {
  const query = new EventsQuery(stores, counts(), clock);
  const page = await query.page('contoso', 'g1', { matches: () => true }, 1e6);
  return page.events.map(({ uuid }) => uuid);
};

describe('retention', () => {
  it('deletes whole days past their time, blobs included, and keeps the rest', async () => {
    expect(stores.blobs.texts.size).toBe(1);
    expect(await expire(1000)).toBe(300);
    const left = await uuids();
    expect(left).toHaveLength(150);
    expect(left.every((uuid) => uuid.startsWith('2026-11-20'))).toBe(true);
    expect(stores.blobs.texts.size).toBe(0);
  });

  it('keeps what arrived lately, however old it says it is', async () => {
    nowMs = KEEP_FROM + 1;
    const late = '[{"uuid":"late","published":"2026-11-18T12:00:00.000Z"}]';
    const split = splitEvents(late) as { events: RawEvent[] };
    await new TablesSink(stores).open(CHAIN).write(split.events);
    expect(await expire(KEEP_FROM + 1000)).toBe(300);
    expect(await uuids()).toContain('late');
  });

  it('does not lower the number of events ever stored', async () => {
    await expire(1000);
    expect((await counts().counts('contoso', 'g1')).stored).toBe(450);
  });

  it('stops when its time is over, and goes on with the next run', async () => {
    expect(await expire(0)).toBe(0);
    expect(await uuids()).toHaveLength(450);
    expect(await expire(1000)).toBe(300);
  });
});
