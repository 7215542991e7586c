import { beforeEach, describe, expect, it } from 'vitest';
import { systemChance } from '../../../shared/chance.ts';
import { type RawEvent, splitEvents } from '../../../shared/okta/split-events.ts';
import { CountReader } from '../../../shared/sink/count-reader.ts';
import {
  type Continuation,
  decodeContinuation,
  type EventFilter,
  EventsQuery,
  encodeContinuation,
} from '../../../shared/sink/events-query.ts';
import { TablesSink } from '../../../shared/sink/tables-sink.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { MemoryTable } from '../../support/memory-table.ts';

const HOURS = Array.from({ length: 72 }, (_, n) => n);
const at = (hour: number) => Date.parse('2026-11-20T00:00:00.000Z') + hour * 3_600_000;
const clock = { nowMs: () => 0, sleep: async () => {} };
let query: EventsQuery;

/** Events of three days, one per hour; each day has two events at the same instant. */
beforeEach(async () => {
  const stores = {
    events: new MemoryTable(),
    deadLetters: new MemoryTable(),
    blobs: new MemoryBlobs(),
  };
  const events = HOURS.flatMap((hour) =>
    ['a', 'b'].map((name) => ({
      uuid: `${name}${hour}`,
      published: new Date(at(hour)).toISOString(),
    })),
  );
  const split = splitEvents(JSON.stringify(events)) as { events: RawEvent[] };
  const chain = { connectorId: 'contoso', generation: 'g1', name: 'live', source: 'live' } as const;
  await new TablesSink(stores, systemChance).open(chain).write(split.events);
  query = new EventsQuery(stores, new CountReader(stores, clock), clock);
});

async function read(filter: Partial<EventFilter> = {}, top = 1000, after?: Continuation) {
  const all = { matches: () => true, ...filter };
  const page = await query.page('contoso', 'g1', all, top, after);
  return { ...page, uuids: page.events.map(({ uuid }) => uuid) };
}

describe('the activity log', () => {
  it('is newest first', async () => {
    const { events, next } = await read();
    const published = events.map(({ publishedMs }) => publishedMs);
    expect(events).toHaveLength(144);
    expect(published).toEqual(published.toSorted((a, b) => b - a));
    expect(next).toBeUndefined();
  });

  it('takes from as inclusive and to as exclusive, to the millisecond', async () => {
    const { uuids } = await read({ fromMs: at(23), toMs: at(25) });
    expect(uuids.toSorted()).toEqual(['a23', 'a24', 'b23', 'b24']);
    expect((await read({ fromMs: at(23) + 1, toMs: at(24) + 1 })).uuids).toEqual(['a24', 'b24']);
  });

  it('continues where a page ended, for any page size', async () => {
    const seen: string[] = [];
    let after: Continuation | undefined;
    do {
      const page = await read({}, 7, after);
      seen.push(...page.uuids);
      after = page.next && decodeContinuation(encodeContinuation(page.next));
    } while (after);
    expect(seen).toEqual((await read()).uuids);
  });

  it('returns only matching events', async () => {
    const { uuids } = await read({ matches: ({ uuid }) => uuid === 'b40' });
    expect(uuids).toEqual(['b40']);
  });

  it('accepts only its own continuations', () => {
    for (const text of ['', 'nonsense', Buffer.from('[1]').toString('base64url')])
      expect(decodeContinuation(text)).toBeUndefined();
  });

  it('reports how far back a page has searched, even without results', async () => {
    const none = { matches: () => false };
    expect((await read({}, 4)).scannedToMs).toBe(at(70));
    expect((await read()).scannedToMs).toBe(at(0));
    expect((await read(none)).scannedToMs).toBe(at(0));
    expect((await read({ ...none, fromMs: at(9) + 1 })).scannedToMs).toBe(at(9) + 1);
    expect((await read({ toMs: at(0) })).scannedToMs).toBeUndefined();
    const { next } = await read({ toMs: at(1) }, 2);
    expect(await read({}, 2, next)).toMatchObject({ uuids: [], scannedToMs: at(0) });
  });

  it('finds one event by its identity', async () => {
    const one = await query.one('contoso', 'g1', 'a5', at(5));
    expect(one).toMatchObject({ uuid: 'a5', publishedMs: at(5), source: 'live' });
    expect(one?.raw).toBe(JSON.stringify({ uuid: 'a5', published: new Date(at(5)).toISOString() }));
    expect(await query.one('contoso', 'g1', 'a5', at(6))).toBeUndefined();
    expect(await query.one('contoso', 'g1', '../a5', at(5))).toBeUndefined();
    expect(await query.one('contoso', 'g1', 'a5', -1)).toBeUndefined();
  });
});
