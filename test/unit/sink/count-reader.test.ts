import { expect, it } from 'vitest';
import { systemChance } from '../../../shared/chance.ts';
import { type RawEvent, splitEvents } from '../../../shared/okta/split-events.ts';
import { CountReader } from '../../../shared/sink/count-reader.ts';
import { TablesSink } from '../../../shared/sink/tables-sink.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { MemoryTable } from '../../support/memory-table.ts';

const chain = { connectorId: 'contoso', generation: 'g1', name: 'live', source: 'live' } as const;

/** A store with queries of this duration, and events that arrive one by one. */
function world(queryMs: number) {
  let nowMs = 0;
  class SlowTable extends MemoryTable {
    override async *list(...args: Parameters<MemoryTable['list']>) {
      nowMs += queryMs;
      yield* super.list(...args);
    }
  }
  const stores = {
    events: new SlowTable(),
    deadLetters: new MemoryTable(),
    blobs: new MemoryBlobs(),
  };
  const reader = new CountReader(stores, { nowMs: () => nowMs, sleep: async () => {} });
  let events = 0;
  return {
    append: async () => {
      const event = { uuid: `e${events++}`, published: '2026-11-20T00:00:00.000Z' };
      const split = splitEvents(JSON.stringify([event])) as { events: RawEvent[] };
      await new TablesSink(stores, systemChance).open(chain).write(split.events);
    },
    counted: async () => (await reader.counts('contoso', 'g1')).stored,
    later: (ms: number) => {
      nowMs += ms;
    },
  };
}

it('counts that are quick to read are cached for a second at most', async () => {
  const { append, counted, later } = world(5);
  expect(await counted()).toBe(0);
  await append();
  later(1001);
  expect(await counted()).toBe(1);
});

it('counts that are slow to read are cached for longer, and for 20 seconds at most', async () => {
  const { append, counted, later } = world(600);
  await counted();
  await append();
  later(4000);
  expect(await counted()).toBe(0);
  later(16_001);
  expect(await counted()).toBe(1);
});
