/**
 * Creates rows of one partition, each exactly once, and counts them exactly.
 *
 * Every batch of at most 99 creates includes the counter row of its chain and shard in the same
 * transaction (docs/architecture.md, "Exact counters"): the counter moves if and only if the rows
 * appear. A batch that meets existing rows or a concurrent writer is refused as a whole; then the
 * existing rows are read, once, and only the missing rows are created. The counter names its last
 * writer, which distinguishes a batch whose reply was lost from the batch of another run.
 */
import assert from 'node:assert/strict';
import { ProblemError } from '../errors.ts';
import { retryOnConflict } from '../retry-on-conflict.ts';
import type { Cells, Operation, Table } from '../storage/table.ts';
import { storageUnavailable } from '../storage/unavailable.ts';
import { COUNTER_PREFIX } from './event-row.ts';

export interface NewRow {
  key: string;
  /** Distinguishes a repeated row from a different row with the same key. */
  hash: string;
  cells: Cells;
}

export interface Created {
  created: number;
  known: number;
  /** Existing rows with different content. */
  variants: number;
}

export const MAX_ROWS = 99;
const MAX_ATTEMPTS = 8;
/** A range with more than this many times the rows in question is read by point reads instead. */
const WIDE_RANGE_FACTOR = 4;

/** The counter row that this run last wrote or read. */
interface Counter {
  etag: string | undefined;
  count: number;
  /** The writer of the last change. */
  writer: unknown;
}

const NO_COUNTER: Counter = { etag: undefined, count: 0, writer: undefined };

export interface CountedInsertsOptions {
  /** A unique id of this writer, to recognise its own writes. */
  writer: string;
  /** Runs once, before the first of all these rows is created. */
  beforeFirst?: () => Promise<void>;
  /** The chain most likely has no counters yet: they are created without a read. */
  fresh?: boolean;
}

/** The counter rows of a chain in a partition, with a shard for each batch in flight. */
export class CountedInserts {
  readonly #table: Table;
  readonly #partition: string;
  readonly #chain: string;
  readonly #beforeFirst: () => Promise<void>;
  readonly #fresh: boolean;
  readonly #writer: string;
  #begun: Promise<void> | undefined;
  readonly #idle: number[] = [];
  readonly #counters: Counter[] = [];

  constructor(
    table: Table,
    partition: string,
    chain: string,
    { writer, beforeFirst = async () => {}, fresh = false }: CountedInsertsOptions,
  ) {
    this.#table = table;
    this.#partition = partition;
    this.#chain = chain;
    this.#writer = writer;
    this.#beforeFirst = beforeFirst;
    this.#fresh = fresh;
  }

  /** Rows are sorted by key. Throws when it is not certain that every row is stored. */
  async create(rows: readonly NewRow[]): Promise<Created> {
    assertBatch(rows);
    const shard = this.#idle.pop() ?? this.#counters.push(NO_COUNTER) - 1;
    try {
      return await this.#create(rows, shard);
    } finally {
      this.#idle.push(shard);
    }
  }

  async #create(rows: readonly NewRow[], shard: number): Promise<Created> {
    let missing = rows;
    let variants = 0;
    let counter = this.#counters[shard] ?? NO_COUNTER;
    if (counter.etag === undefined && !this.#fresh) counter = await this.#readCounter(shard);
    const result = await retryOnConflict<Created>(MAX_ATTEMPTS, async () => {
      if (missing.length === 0) return { created: 0, known: rows.length, variants };
      await this.#begin();
      const count = counter.count + missing.length;
      const result = await this.#table.batch(this.#partition, [
        ...missing.map(({ key, cells }): Operation => ({ kind: 'create', key, cells })),
        this.#counterOperation(shard, count, counter.etag),
      ]);
      if (result.ok) {
        this.#counters[shard] = { etag: result.etags.at(-1), count, writer: this.#writer };
        return { created: missing.length, known: rows.length - missing.length, variants };
      }
      counter = await this.#readCounter(shard);
      // The batch was stored and its reply lost: the counter moved by exactly these rows.
      if (counter.writer === this.#writer && counter.count === count)
        return { created: missing.length, known: rows.length - missing.length, variants };
      const known = await knownRows(this.#table, this.#partition, missing);
      variants += missing.filter(
        ({ key, hash }) => known.has(key) && known.get(key) !== hash,
      ).length;
      missing = missing.filter(({ key }) => !known.has(key));
      return missing.length > 0 ? 'conflict' : { created: 0, known: rows.length, variants };
    });
    if (result !== 'conflict') return result;
    const message = 'Rows of this page kept being changed by another run.';
    throw new ProblemError(storageUnavailable(message));
  }

  async #begin(): Promise<void> {
    this.#begun ??= this.#beforeFirst();
    try {
      await this.#begun;
    } catch (error) {
      this.#begun = undefined;
      throw error;
    }
  }

  #counterKey(shard: number): string {
    return `${COUNTER_PREFIX}${this.#chain}_${shard}`;
  }

  #counterOperation(shard: number, count: number, etag: string | undefined): Operation {
    const key = this.#counterKey(shard);
    const cells = { events: BigInt(count), writer: this.#writer };
    return etag === undefined
      ? { kind: 'create', key, cells }
      : { kind: 'replace', key, cells, etag };
  }

  async #readCounter(shard: number): Promise<Counter> {
    const row = await this.#table.get(this.#partition, this.#counterKey(shard));
    const { events = 0, writer } = row?.cells ?? {};
    const counter = { etag: row?.etag, count: Number(events), writer };
    assert(counter.count >= 0 && Number.isSafeInteger(counter.count), 'a counter is no count');
    this.#counters[shard] = counter;
    return counter;
  }
}

/** The rows of one transaction, with room for the counter and without a repeated identity. */
function assertBatch(rows: readonly NewRow[]): void {
  assert(rows.length <= MAX_ROWS, 'a batch is larger than a transaction');
  for (let n = 1; n < rows.length; n++)
    assert((rows[n - 1]?.key ?? '') < (rows[n]?.key ?? ''), 'a batch is in order, each key once');
}

/** The hashes of the rows that exist already. Rows are sorted by key. */
export async function knownRows(
  table: Table,
  partition: string,
  rows: readonly NewRow[],
): Promise<Map<string, string>> {
  const wanted = new Set(rows.map(({ key }) => key));
  const known = new Map<string, string>();
  const range = { from: rows[0]?.key ?? '', to: `${rows.at(-1)?.key}!`, select: ['hash'] };
  let seen = 0;
  for await (const row of table.list(partition, range)) {
    if (wanted.delete(row.key)) known.set(row.key, String(row.cells.hash));
    if (++seen > rows.length * WIDE_RANGE_FACTOR) break;
  }
  if (seen <= rows.length * WIDE_RANGE_FACTOR) return known;
  for (const key of wanted) {
    const row = await table.get(partition, key);
    if (row) known.set(key, String(row.cells.hash));
  }
  return known;
}
