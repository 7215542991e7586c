import type {
  BatchResult,
  Cell,
  KeyRange,
  Operation,
  Row,
  StorageClock,
  Table,
} from '../../shared/storage/table.ts';

/** A change that took effect, with the previous row. */
export interface Change {
  partition: string;
  operation: Operation;
  before: Row | undefined;
}

/** The `Table` port in memory, with the rules of an entity-group transaction. */
export class MemoryTable implements Table {
  readonly #partitions = new Map<string, Map<string, Row>>();
  readonly #clock: StorageClock;
  readonly #applied: (changes: readonly Change[]) => void;
  #writes = 0;

  /** `applied` is called synchronously with each effect. */
  constructor(
    clock: StorageClock = { nowMs: () => Date.now() },
    applied: (changes: readonly Change[]) => void = () => {},
  ) {
    this.#clock = clock;
    this.#applied = applied;
  }

  async get(partition: string, key: string): Promise<Row | undefined> {
    return copy(this.#partitions.get(partition)?.get(key));
  }

  async *list(
    partition: string,
    { from = '', to, select, where }: KeyRange = {},
  ): AsyncGenerator<Row> {
    const rows = this.#partitions.get(partition) ?? new Map<string, Row>();
    const isWanted = (key: string) =>
      !where || Number(rows.get(key)?.cells[where.cell]) < where.below;
    const keys = [...rows.keys()]
      .filter((key) => key >= from && (to === undefined || key < to))
      .filter(isWanted);
    // A reply is a snapshot (docs/azure.md, "Queries").
    const snapshot = keys.sort().map((key) => copy(rows.get(key), select));
    for (const row of snapshot) if (row) yield row;
  }

  async *listPartitions(from: string, to: string, select?: string[]): AsyncGenerator<Row> {
    for (const partition of [...this.#partitions.keys()].sort())
      if (partition >= from && partition < to)
        yield* this.list(partition, select ? { select } : {});
  }

  /** All rows, for tests to inspect. */
  *everything(): Generator<Row> {
    for (const rows of this.#partitions.values()) yield* rows.values();
  }

  async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    const keys = new Set(operations.map(({ key }) => key));
    if (operations.length === 0 || operations.length > 100 || keys.size < operations.length)
      throw new Error('not a valid entity-group transaction');
    const rows = this.#partitions.get(partition) ?? new Map<string, Row>();
    this.#partitions.set(partition, rows);
    for (const operation of operations) {
      const row = rows.get(operation.key);
      if (operation.kind === 'create' && row) return { ok: false, reason: 'exists' };
      if (operation.kind === 'replace' && row?.etag !== operation.etag)
        return { ok: false, reason: 'stale' };
      if (operation.kind === 'delete' && !row) return { ok: false, reason: 'stale' };
      if (operation.kind === 'delete' && (operation.etag ?? row?.etag) !== row?.etag)
        return { ok: false, reason: 'stale' };
    }
    const changes = operations.map((operation) => ({
      partition,
      operation,
      before: rows.get(operation.key),
    }));
    const etags = operations.map((operation) => this.#apply(partition, rows, operation));
    this.#applied(changes);
    return { ok: true, etags };
  }

  #apply(partition: string, rows: Map<string, Row>, operation: Operation): string | undefined {
    const { key } = operation;
    if (operation.kind === 'delete') {
      rows.delete(key);
      return undefined;
    }
    const before = operation.kind === 'merge' ? rows.get(key)?.cells : undefined;
    const etag = `W/"${++this.#writes}"`;
    const cells = { ...before, ...operation.cells };
    rows.set(key, { partition, key, etag, storedAtMs: this.#clock.nowMs(), cells });
    return etag;
  }
}

function copy(row: Row | undefined, select?: readonly string[]): Row | undefined {
  if (!row) return undefined;
  if (!select) return { ...row, cells: { ...row.cells } };
  const names = select.filter((name) => row.cells[name] !== undefined);
  const cells = Object.fromEntries(names.map((name) => [name, row.cells[name] as Cell]));
  return { ...row, cells };
}
