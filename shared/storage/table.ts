/**
 * The port to Table Storage: rows by partition and key, entity-group transactions, ETags. It is
 * small because the simulation implements it too.
 */

export type Cell = string | number | bigint | boolean | Uint8Array;
export type Cells = Record<string, Cell>;

export interface Row {
  partition: string;
  key: string;
  etag: string;
  /** When the storage service last wrote the row, by its own clock. */
  storedAtMs: number;
  cells: Cells;
}

export type Operation =
  /** Fails with `exists` for an existing row. */
  | { kind: 'create'; key: string; cells: Cells }
  /** Compare and swap: fails with `stale` when the row has another ETag or is missing. */
  | { kind: 'replace'; key: string; cells: Cells; etag: string }
  /** Creates the row or overwrites it. */
  | { kind: 'put'; key: string; cells: Cells }
  /** Creates the row or sets these cells and keeps the others. */
  | { kind: 'merge'; key: string; cells: Cells }
  /** Fails with `stale` when the row is missing, or has another ETag than the given one. */
  | { kind: 'delete'; key: string; etag?: string };

export type BatchResult =
  | { ok: true; etags: (string | undefined)[] }
  | { ok: false; reason: 'exists' | 'stale' };

export interface KeyRange {
  /** Inclusive. */
  from?: string;
  /** Exclusive. */
  to?: string;
  /** Only these cells (keys, ETag and time are always included). */
  select?: string[];
  /** Only rows in which this Int64 cell is below the number. The service does the selection. */
  where?: { cell: string; below: number };
}

/**
 * Every method throws a `ProblemError` with `StorageUnavailable` when the service cannot be used.
 */
export interface Table {
  get(partition: string, key: string): Promise<Row | undefined>;
  /** The rows of one partition in key order, read page by page as they are consumed. */
  list(partition: string, range?: KeyRange): AsyncIterable<Row>;
  /** The rows of all partitions from `from` (inclusive) to `to` (exclusive). */
  listPartitions(from: string, to: string, select?: string[]): AsyncIterable<Row>;
  /**
   * All or nothing, in one partition: at most 100 operations, below 4 MiB, no key twice. Throws
   * `BatchRefused` (a `ProblemError`) when the service refuses a row permanently.
   */
  batch(partition: string, operations: readonly Operation[]): Promise<BatchResult>;
}

/**
 * Partitions of connectors begin with a letter or digit of their id, so `{` sorts after all of them.
 */
export const AFTER_ALL_IDS = '{';

/** The requested rows of a list. */
export async function* only(
  rows: AsyncIterable<Row>,
  wanted: (row: Row) => boolean,
): AsyncGenerator<Row> {
  for await (const row of rows) if (wanted(row)) yield row;
}

/** The time of the storage service, which all instances share. Due times and leases use it. */
export interface StorageClock {
  nowMs(): number;
}
