/** Tables and blobs as a process reaches them: scheduled, and with faults. */
import type { Dice } from '../../dev/demo-org/dice.ts';
import { ProblemError } from '../../shared/errors.ts';
import { BatchRefused } from '../../shared/storage/batch-refused.ts';
import type { Blobs } from '../../shared/storage/blobs.ts';
import type { BatchResult, KeyRange, Operation, Row, Table } from '../../shared/storage/table.ts';
import { disturbed, type Faults } from './faults.ts';

/** The marker of events whose rows storage refuses permanently. */
export const REFUSED = 'refused';

/** The connection between a process and a service. */
export interface Line {
  step(): Promise<void>;
  faults: Faults;
  dice: Dice;
  /** Lets a write take effect later, even after the death of the process. */
  afterwards(change: () => Promise<unknown>): void;
}

/** Usually a list is one reply; sometimes it has pages, with other steps in between. */
const PAGED_ONCE_IN = 8;
const PAGE_ROWS = 2;

export class SimTable implements Table {
  readonly #table: Table;
  readonly #line: Line;

  constructor(table: Table, line: Line) {
    this.#table = table;
    this.#line = line;
  }

  async get(partition: string, key: string): Promise<Row | undefined> {
    await this.#turn();
    return await this.#table.get(partition, key);
  }

  async *list(partition: string, range: KeyRange = {}): AsyncGenerator<Row> {
    const paged = this.#line.dice.below(PAGED_ONCE_IN) === 0;
    for (let from = range.from; ; ) {
      await this.#turn();
      const page: Row[] = [];
      let more = false;
      for await (const row of this.#table.list(partition, { ...range, from: from ?? '' })) {
        more = paged && page.length === PAGE_ROWS;
        if (more) break;
        page.push(row);
      }
      yield* page;
      if (!more) return;
      from = `${page.at(-1)?.key}\0`;
    }
  }

  async *listPartitions(from: string, to: string, select?: string[]): AsyncGenerator<Row> {
    await this.#turn();
    yield* await Array.fromAsync(this.#table.listPartitions(from, to, select));
  }

  async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    const { faults, step, afterwards } = this.#line;
    await step();
    return await disturbed(
      faults.ofChange('tables'),
      async () => {
        if (operations.some(isRefused)) throw new BatchRefused('PropertyValueTooLarge');
        return await this.#table.batch(partition, operations);
      },
      storageAway,
      afterwards,
    );
  }

  async #turn(): Promise<void> {
    await this.#line.step();
    if (this.#line.faults.ofRead('tables')) throw storageAway();
  }
}

/** Another writer changes every row after it was read. */
/** A row that the service never takes. */
const isRefused = ({ kind, key }: Operation): boolean =>
  (kind === 'create' || kind === 'put') && key.includes(`_${REFUSED}`);

export class ContendedTable extends SimTable {
  readonly #contended: Table;

  constructor(table: Table, line: Line) {
    super(table, line);
    this.#contended = table;
  }

  override async get(partition: string, key: string): Promise<Row | undefined> {
    const row = await super.get(partition, key);
    if (row) await this.#contended.batch(partition, [{ ...row, kind: 'replace' }]);
    return row;
  }
}

/** The same for blobs. */
export function simBlobs(blobs: Blobs, { step, faults, afterwards }: Line): Blobs {
  const change = async <T>(work: () => Promise<T>) => {
    await step();
    return await disturbed(faults.ofChange('blobs'), work, storageAway, afterwards);
  };
  return {
    put: (name, text) => change(() => blobs.put(name, text)),
    get: async (name) => {
      await step();
      return await blobs.get(name);
    },
    remove: (name) => change(() => blobs.remove(name)),
    removeUnder: (prefix, outOfTime) => change(() => blobs.removeUnder(prefix, outOfTime)),
  };
}

export const storageAway = () =>
  new ProblemError({
    code: 'StorageUnavailable',
    message: 'The storage of the simulation is away.',
    retryAfterSeconds: 5,
  });
