import type {
  BatchResult,
  KeyRange,
  Operation,
  Row,
  StorageClock,
  Table,
} from '../../shared/storage/table.ts';

/** The `Table` port in memory, with the rules of an entity-group transaction. */
export class MemoryTable implements Table {
  readonly #rows = new Map<string, Row>();
  readonly #clock: StorageClock;
  #writes = 0;

  constructor(clock: StorageClock = { nowMs: () => Date.now() }) {
    this.#clock = clock;
  }

  async get(partition: string, key: string): Promise<Row | undefined> {
    return structuredClone(this.#rows.get(`${partition}\n${key}`));
  }

  async *list(partition: string, range: KeyRange = {}): AsyncGenerator<Row> {
    const rows = [...this.#rows.values()]
      .filter((row) => row.partition === partition)
      .filter((row) => range.from === undefined || row.key >= range.from)
      .filter((row) => range.to === undefined || row.key < range.to)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const row of rows) yield structuredClone(row);
  }

  async *listEverywhere(key: string): AsyncGenerator<Row> {
    for (const row of this.#rows.values()) if (row.key === key) yield structuredClone(row);
  }

  async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    const keys = new Set(operations.map(({ key }) => key));
    if (operations.length === 0 || operations.length > 100 || keys.size < operations.length)
      throw new Error('not a valid entity-group transaction');
    for (const operation of operations) {
      const row = this.#rows.get(`${partition}\n${operation.key}`);
      if (operation.kind === 'create' && row) return { ok: false, reason: 'exists' };
      if (operation.kind === 'replace' && row?.etag !== operation.etag)
        return { ok: false, reason: 'stale' };
      if (operation.kind === 'delete' && !row) return { ok: false, reason: 'stale' };
    }
    return { ok: true, etags: operations.map((operation) => this.#apply(partition, operation)) };
  }

  #apply(partition: string, operation: Operation): string | undefined {
    const id = `${partition}\n${operation.key}`;
    if (operation.kind === 'delete') {
      this.#rows.delete(id);
      return undefined;
    }
    const before = operation.kind === 'merge' ? this.#rows.get(id)?.cells : undefined;
    const etag = `W/"${++this.#writes}"`;
    this.#rows.set(id, {
      partition,
      key: operation.key,
      etag,
      storedAtMs: this.#clock.nowMs(),
      cells: structuredClone({ ...before, ...operation.cells }),
    });
    return etag;
  }
}
