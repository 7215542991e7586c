/** The built-in sink: events in Table Storage, what has no identity among the dead letters. */
import type { RawEvent } from '../ingest/split-events.ts';
import type { Blobs } from '../storage/blobs.ts';
import type { Table } from '../storage/table.ts';
import { type Created, Lanes, MAX_ROWS, type NewRow } from './create-once.ts';
import { contentHash, dayPartition, eventsPartition, type KeyedEvent, keyed } from './event-row.ts';
import { RawText } from './raw-text.ts';
import type { Sink, SinkChain, SinkWriter, Written } from './sink.ts';

/** Batches of one page in flight at once. */
const PARALLEL_BATCHES = 8;
/** A transaction's body stays below 4 MiB: raw JSON text grows by its escaped quotes and the row's frame. */
const MAX_BATCH_CHARACTERS = 1_500_000;

export interface SinkStores {
  events: Table;
  deadLetters: Table;
  /** For raw text that no row can hold. */
  blobs: Blobs;
}

export class EventsTable implements Sink {
  readonly #stores: SinkStores;

  constructor(stores: SinkStores) {
    this.#stores = stores;
  }

  open(chain: SinkChain): SinkWriter {
    return new EventsWriter(this.#stores, chain);
  }
}

interface Batch {
  lanes: Lanes;
  rows: NewRow[];
}

class EventsWriter implements SinkWriter {
  readonly #stores: SinkStores;
  readonly #chain: SinkChain;
  readonly #days = new Map<string, Lanes>();
  readonly #deadLetters: Lanes;
  readonly #rawText: RawText;

  constructor(stores: SinkStores, chain: SinkChain) {
    this.#stores = stores;
    this.#chain = chain;
    this.#rawText = new RawText(stores.blobs);
    const partition = eventsPartition(chain.connectorId, chain.generation);
    this.#deadLetters = new Lanes(stores.deadLetters, partition, chain.name);
  }

  async write(events: readonly RawEvent[]): Promise<Written> {
    const page = sort(events);
    const batches: Batch[] = [];
    for (const [day, ofDay] of page.days) {
      const rows = await Promise.all(ofDay.map((event) => this.#row(event)));
      batches.push(...batchesOf(this.#lanes(day), rows));
    }
    const letters = await Promise.all(page.rejected.map((letter) => this.#deadLetter(letter)));
    const distinct = new Map(letters.map((letter) => [letter.key, letter])).values();
    const totals = await createAll(batches);
    await createAll(batchesOf(this.#deadLetters, [...distinct]));
    return {
      stored: totals.created,
      duplicates: totals.known + page.repeated,
      variants: totals.variants,
      rejected: letters.length,
    };
  }

  #lanes(day: string): Lanes {
    let lanes = this.#days.get(day);
    if (!lanes) {
      const { connectorId, generation, name } = this.#chain;
      const index = eventsPartition(connectorId, generation);
      const announceDay = async () => {
        await this.#stores.events.batch(index, [{ kind: 'put', key: day, cells: {} }]);
      };
      const partition = dayPartition(connectorId, generation, day);
      lanes = new Lanes(this.#stores.events, partition, name, announceDay);
      this.#days.set(day, lanes);
    }
    return lanes;
  }

  async #row({ key, raw }: KeyedEvent): Promise<NewRow> {
    const hash = contentHash(raw);
    const cells = await this.#rawText.toCells(raw, this.#blobName(hash));
    return { key, hash, cells: { ...cells, hash, source: this.#chain.source } };
  }

  /** Under the hash of its content: the same letter again changes nothing. */
  async #deadLetter({ event: { raw, uuid }, reason }: Rejected): Promise<NewRow> {
    const hash = contentHash(raw);
    const cells = await this.#rawText.toCells(raw, this.#blobName(hash));
    return { key: hash, hash, cells: { ...cells, hash, reason, ...(uuid && { uuid }) } };
  }

  #blobName(hash: string): string {
    const { connectorId, generation } = this.#chain;
    return `${eventsPartition(connectorId, generation)}/${hash}`;
  }
}

/** Rows of one partition, sorted, cut to what a transaction holds. */
function batchesOf(lanes: Lanes, rows: NewRow[]): Batch[] {
  const batches: Batch[] = [];
  let characters = 0;
  for (const row of rows.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const size = sizeOf(row);
    const last = batches.at(-1);
    if (last && last.rows.length < MAX_ROWS && characters + size <= MAX_BATCH_CHARACTERS) {
      last.rows.push(row);
      characters += size;
    } else {
      batches.push({ lanes, rows: [row] });
      characters = size;
    }
  }
  return batches;
}

/** Why an event could not be stored as an event (T29). */
export type DeadLetterReason =
  /** No `uuid`, or one that cannot be part of a key. */
  | 'noUuid'
  /** No `published`, or not an instant. */
  | 'noPublished'
  /** Another event of the same page has the same identity and other bytes. */
  | 'identityTaken';

interface Rejected {
  event: RawEvent;
  reason: DeadLetterReason;
}

interface SortedPage {
  days: Map<string, KeyedEvent[]>;
  rejected: Rejected[];
  /** The same event, byte for byte, again on this page. */
  repeated: number;
}

/** Splits a page by day; a batch cannot hold a key twice, so repeats are found here. */
function sort(events: readonly RawEvent[]): SortedPage {
  const page: SortedPage = { days: new Map(), rejected: [], repeated: 0 };
  const seen = new Map<string, string>();
  for (const event of events) {
    const row = keyed(event);
    const before = row && seen.get(row.key);
    if (!row) {
      page.rejected.push({ event, reason: event.uuid ? 'noPublished' : 'noUuid' });
    } else if (before === undefined) {
      seen.set(row.key, row.raw);
      const day = page.days.get(row.day);
      if (day) day.push(row);
      else page.days.set(row.day, [row]);
    } else if (before === row.raw) {
      page.repeated++;
    } else {
      page.rejected.push({ event, reason: 'identityTaken' });
    }
  }
  return page;
}

async function createAll(batches: Batch[]): Promise<Created> {
  const totals: Created = { created: 0, known: 0, variants: 0 };
  const queue = batches.values();
  const work = async () => {
    for (const { lanes, rows } of queue) {
      const { created, known, variants } = await lanes.create(rows);
      totals.created += created;
      totals.known += known;
      totals.variants += variants;
    }
  };
  // All settle before the first failure is passed on: no batch may still be running behind it.
  const results = await Promise.allSettled(Array.from({ length: PARALLEL_BATCHES }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return totals;
}

function sizeOf({ cells }: NewRow): number {
  let size = 500;
  for (const cell of Object.values(cells)) {
    if (typeof cell === 'string') size += cell.length;
    else if (cell instanceof Uint8Array) size += cell.length * 1.4;
  }
  return size;
}
