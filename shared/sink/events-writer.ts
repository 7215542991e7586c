/** The writer of the built-in sink: events and dead letters in Table Storage. */
import { ProblemError } from '../errors.ts';
import type { RawEvent } from '../okta/split-events.ts';
import type { Cells } from '../storage/table.ts';
import { storageUnavailable } from '../storage/unavailable.ts';
import { batchesOf } from './batches.ts';
import { CountedInserts, type NewRow } from './counted-inserts.ts';
import {
  contentHash,
  dayPartition,
  eventsPartition,
  type KeyedEvent,
  sourceCells,
  uuidOfKey,
} from './event-row.ts';
import { writeHalving } from './halving.ts';
import { cellsOf, RawText } from './raw-text.ts';
import type { SinkChain, SinkWriter, Written } from './sink.ts';
import { type DeadLetterReason, type Rejected, sortPage } from './sort-page.ts';
import type { SinkStores } from './stores.ts';

/** Batches of one page in flight at once. */
const PARALLEL_BATCHES = 8;
/** The folder of the blobs of dead letters. */
const LETTERS = 'deadletters';

interface Batch {
  shards: CountedInserts;
  rows: readonly NewRow[];
}

export class EventsWriter implements SinkWriter {
  readonly #stores: SinkStores;
  readonly #chain: SinkChain;
  readonly #writer: string;
  readonly #days = new Map<string, CountedInserts>();
  readonly #deadLetters: CountedInserts;
  readonly #rawText: RawText;

  /** `writer` is a unique id of this writer. */
  constructor(stores: SinkStores, chain: SinkChain, writer: string) {
    this.#writer = writer;
    this.#stores = stores;
    this.#chain = chain;
    this.#rawText = new RawText(stores.blobs);
    const partition = eventsPartition(chain.connectorId, chain.generation);
    this.#deadLetters = new CountedInserts(stores.deadLetters, partition, chain.name, {
      writer,
      fresh: chain.fresh ?? false,
    });
  }

  async write(events: readonly RawEvent[]): Promise<Written> {
    const page = sortPage(events);
    const batches: Batch[] = [];
    for (const [day, ofDay] of page.days) {
      const rows = await Promise.all(ofDay.map((event) => this.#rowWithBlob(event)));
      const shards = this.#shards(day);
      batches.push(...batchesOf(rows).map((batch) => ({ shards, rows: batch })));
    }
    const { known, variants, refused } = await createAll(batches);
    await this.reject(page.rejected);
    await this.setAside(refused, (row) => uuidOfKey(row.key));
    return { duplicates: known + page.repeated, variants };
  }

  /** Stores unusable events as dead letters. */
  async reject(rejected: readonly Rejected[]): Promise<void> {
    const letters = await Promise.all(rejected.map((letter) => this.#deadLetter(letter)));
    await this.setAside(await this.#createLetters(letters));
  }

  /**
   * Stores refused rows as dead letters that hold little more than the name of a blob. Throws when storage
   * refuses these too: then the rows are not the cause.
   */
  async setAside(
    refused: readonly NewRow[],
    uuidOf: (row: NewRow) => string | undefined = () => undefined,
  ): Promise<void> {
    const letters = await Promise.all(
      refused.map(async (row) => {
        const raw = await this.#rawText.fromCells(row.cells);
        const hash = contentHash(raw);
        const cells = await this.#rawText.toBlob(raw, this.#blobName(hash, LETTERS));
        const uuid = uuidOf(row);
        const reason: DeadLetterReason = 'refusedByStorage';
        return { key: hash, hash, cells: { ...cells, hash, reason, ...(uuid && { uuid }) } };
      }),
    );
    const [still] = await this.#createLetters(letters);
    if (still) throw new ProblemError(storageUnavailable('Table Storage takes no row as it is.'));
    const blobs = new Set<unknown>(letters.map(({ cells }) => (cells as Cells).rawBlob));
    for (const { cells } of refused)
      if (!blobs.has(cells.rawBlob)) await this.#rawText.removeBlob(cells);
  }

  /** Returns the rows that storage refuses. */
  async #createLetters(letters: readonly NewRow[]): Promise<readonly NewRow[]> {
    const distinct = new Map(letters.map((letter) => [letter.key, letter])).values();
    const shards = this.#deadLetters;
    const batches = batchesOf([...distinct]).map((rows) => ({ shards, rows }));
    return (await createAll(batches)).refused;
  }

  #shards(day: string): CountedInserts {
    let shards = this.#days.get(day);
    if (!shards) {
      const { connectorId, generation, name, fresh = false } = this.#chain;
      const index = eventsPartition(connectorId, generation);
      // Every run announces its days, so that retention checks an emptied day again.
      const announceDay = async () => {
        await this.#stores.events.batch(index, [{ kind: 'put', key: day, cells: {} }]);
      };
      const partition = dayPartition(connectorId, generation, day);
      shards = new CountedInserts(this.#stores.events, partition, name, {
        writer: this.#writer,
        beforeFirst: announceDay,
        fresh,
      });
      this.#days.set(day, shards);
    }
    return shards;
  }

  /**
   * The row of an event. Its blob, if it needs one, is written later. `folder` is the folder of the blob, by
   * default the folder of the stored events.
   */
  rowOf({ key, raw }: KeyedEvent, folder?: string): NewRow {
    const hash = contentHash(raw);
    const cells = cellsOf(raw, this.#blobName(hash, folder));
    return { key, hash, cells: { ...cells, hash, ...sourceCells(this.#chain.source) } };
  }

  async #rowWithBlob(event: KeyedEvent): Promise<NewRow> {
    const row = this.rowOf(event);
    await this.#rawText.putBlob(event.raw, row.cells);
    return row;
  }

  /** Keyed by the hash of the content: a repeated letter changes nothing. */
  async #deadLetter({ event: { raw, uuid }, reason }: Rejected): Promise<NewRow> {
    const hash = contentHash(raw);
    const cells = await this.#rawText.toCells(raw, this.#blobName(hash, LETTERS));
    return { key: hash, hash, cells: { ...cells, hash, reason, ...(uuid && { uuid }) } };
  }

  /** Every blob belongs to one row, so that it can be deleted with the row. */
  #blobName(hash: string, folder?: string): string {
    const { connectorId, generation } = this.#chain;
    const names = [eventsPartition(connectorId, generation), folder, hash];
    return names.filter((name) => name !== undefined).join('/');
  }
}

async function createAll(batches: Batch[]) {
  const totals = { known: 0, variants: 0, refused: [] as NewRow[] };
  const queue = batches.values();
  const work = async () => {
    for (const { shards, rows } of queue) {
      const refused = await writeHalving(rows, async (some) => {
        const { known, variants } = await shards.create(some);
        totals.known += known;
        totals.variants += variants;
      });
      totals.refused.push(...refused);
    }
  };
  // All batches settle before the first failure is thrown: no batch may still run afterwards.
  const results = await Promise.allSettled(Array.from({ length: PARALLEL_BATCHES }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return totals;
}
