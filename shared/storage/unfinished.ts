/**
 * The index of connectors with unfinished work (docs/architecture.md, "Unfinished work"): a row for each,
 * its mark. It is written in the transaction that changes the connector's row, and before a backfill
 * starts to run; housekeeping removes it when no work is left. So after a crash at any point there is
 * either a mark or nothing unfinished.
 */
import type { Operation, StorageClock, Table } from './table.ts';

/** The partition of the connectors, which their marks share. */
export const CONNECTORS_PARTITION = 'connector';
const PREFIX = 'unfinished_';

/**
 * A function that has begun writes for less than this time: `functionTimeout` of `host.json`, and a margin
 * for a write that takes effect late.
 */
export const WRITES_FOR_MS = 15 * 60_000;

export interface Mark {
  /** The id of the connector. */
  id: string;
  etag: string;
  storedAtMs: number;
}

/** Writes the mark of a connector. A mark that exists gets another ETag. */
export const markOf = (id: string): Operation => ({
  kind: 'put',
  key: `${PREFIX}${id}`,
  cells: { connectorId: id },
});

export class UnfinishedConnectors {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Call it directly before the write that begins work outside of the connector's row. */
  async mark(id: string): Promise<void> {
    await this.#table.batch(CONNECTORS_PARTITION, [markOf(id)]);
  }

  /** The marks, in the order of their ids. */
  async marks(): Promise<Mark[]> {
    const range = { from: PREFIX, to: `${PREFIX}~`, select: [] };
    const rows = this.#table.list(CONNECTORS_PARTITION, range);
    return await Array.fromAsync(rows, ({ key, etag, storedAtMs }) => ({
      id: key.slice(PREFIX.length),
      etag,
      storedAtMs,
    }));
  }

  /**
   * Removes a mark that was read before its connector was found finished. A mark that was written since
   * stays, and so does a young mark: the work that it announces may not have begun yet.
   */
  async remove({ id, etag, storedAtMs }: Mark, clock: StorageClock): Promise<void> {
    if (clock.nowMs() - storedAtMs < WRITES_FOR_MS) return;
    await this.#table.batch(CONNECTORS_PARTITION, [
      { kind: 'delete', key: `${PREFIX}${id}`, etag },
    ]);
  }
}
