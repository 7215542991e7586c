/** Counts operations of tables like the storage service: each request, and each page of 1,000 rows. */
import type { BatchResult, KeyRange, Operation, Row, Table } from '../../shared/storage/table.ts';

const PAGE_ROWS = 1_000;

export class CountingTable implements Table {
  readonly #table: Table;
  readonly #operation: () => Promise<void> | void;

  /** `operation` is awaited before each operation. */
  constructor(table: Table, operation: () => Promise<void> | void) {
    this.#table = table;
    this.#operation = operation;
  }

  async get(partition: string, key: string): Promise<Row | undefined> {
    await this.#operation();
    return await this.#table.get(partition, key);
  }

  list(partition: string, range?: KeyRange): AsyncIterable<Row> {
    return this.#paged(this.#table.list(partition, range));
  }

  listPartitions(from: string, to: string, select?: string[]): AsyncIterable<Row> {
    return this.#paged(this.#table.listPartitions(from, to, select));
  }

  async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    await this.#operation();
    return await this.#table.batch(partition, operations);
  }

  async *#paged(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
    await this.#operation();
    let inPage = 0;
    for await (const row of rows) {
      if (inPage++ === PAGE_ROWS) {
        await this.#operation();
        inPage = 1;
      }
      yield row;
    }
  }
}
