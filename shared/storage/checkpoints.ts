/**
 * Table `checkpoints`, one partition a connector: where each chain of pages stands.
 *
 *   facts_<registration>_…   facts of the last runs (status-facts.ts)
 *   live                     the live chain
 *   backfill                 which backfill is the latest
 *   backfill_<id>            the ledger of one backfill: frontiers, finished ranges, sums
 *   slice_<id>_<from>        one open slice of it
 *
 * Cursor, counters and lease of a chain are one row and so move in one write (docs/okta.md,
 * "Write, then advance").
 */
import type * as z from 'zod';
import type { OutOfTime } from '../clock.ts';
import { ProblemError } from '../errors.ts';
import { retryOnConflict } from '../retry-on-conflict.ts';
import { toCells } from './cells.ts';
import {
  BACKFILL_POINTER_KEY,
  backfillKey,
  CHECKPOINTS_TABLE,
  type CheckpointsSnapshot,
  LIVE_KEY,
  latestOf,
  snapshotOf,
} from './checkpoint-rows.ts';
import type { Registration } from './connectors.ts';
import { deleteRows } from './delete-rows.ts';
import {
  type BackfillLedger,
  backfillLedger,
  type LivePosition,
  livePosition,
  type SlicePosition,
  slicePosition,
} from './positions.ts';
import { FACTS_PREFIX, type Known, knownIn } from './status-facts.ts';
import { AFTER_ALL_IDS, type Operation, only, type Row, type Table } from './table.ts';
import { storageUnavailable } from './unavailable.ts';
import { type LeftOut, readable, readRow } from './unreadable-row.ts';

const slicePrefix = (backfillId: string) => `slice_${backfillId}_`;
export const sliceKey = (backfillId: string, fromMs: number) =>
  `${slicePrefix(backfillId)}${String(fromMs).padStart(13, '0')}`;

/**
 * Each change of a ledger takes a request of a worker, so more changes than this cannot fit between two
 * reads.
 */
const MAX_READS = 20;

export interface Stored<T> {
  key: string;
  etag: string;
  storedAtMs: number;
  value: T;
}

export interface BackfillWithSlices {
  ledger: Stored<BackfillLedger>;
  open: Stored<SlicePosition>[];
  /** True when no slice was left out because its row cannot be read. */
  isWhole: boolean;
}

export class Checkpoints {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async live(connectorId: string): Promise<Stored<LivePosition> | undefined> {
    return stored(livePosition, await this.#table.get(connectorId, LIVE_KEY));
  }

  /**
   * The rows of a poll, in one query: the live chain and the facts. The chain is parsed on use, because
   * its row may be unreadable.
   */
  async forPoll(
    connector: Registration,
  ): Promise<Known & { live: () => Stored<LivePosition> | undefined }> {
    const range = { from: FACTS_PREFIX, to: `${LIVE_KEY}~` };
    const rows = await Array.fromAsync(this.#table.list(connector.id, range));
    const live = rows.find(({ key }) => key === LIVE_KEY);
    return { ...knownIn(connector, rows), live: () => stored(livePosition, live) };
  }

  async slice(connectorId: string, key: string): Promise<Stored<SlicePosition> | undefined> {
    return stored(slicePosition, await this.#table.get(connectorId, key));
  }

  /** A slice that cannot be read is left out. */
  async openSlices(
    connectorId: string,
    backfillId: string,
    leftOut: LeftOut = () => {},
  ): Promise<Stored<SlicePosition>[]> {
    const prefix = slicePrefix(backfillId);
    const rows = this.#table.list(connectorId, { from: prefix, to: `${prefix}~` });
    const slices = readable(rows, (row) => storedRow(slicePosition, row), leftOut);
    return await Array.fromAsync(slices);
  }

  async backfill(
    connectorId: string,
    backfillId: string,
  ): Promise<Stored<BackfillLedger> | undefined> {
    return stored(backfillLedger, await this.#table.get(connectorId, backfillKey(backfillId)));
  }

  /** The ledgers of all backfills, oldest first. */
  async backfills(connectorId: string): Promise<BackfillLedger[]> {
    const range = { from: backfillKey(''), to: backfillKey('~') };
    const ledgers: BackfillLedger[] = [];
    for await (const row of this.#table.list(connectorId, range))
      ledgers.push(readRow(backfillLedger, CHECKPOINTS_TABLE, row));
    return ledgers;
  }

  /** The ledgers of all backfills, oldest first, without unreadable ledgers. */
  async storedBackfills(connectorId: string): Promise<Stored<BackfillLedger>[]> {
    const range = { from: backfillKey(''), to: backfillKey('~') };
    const rows = this.#table.list(connectorId, range);
    const ledgers = readable(
      rows,
      (row) => storedRow(backfillLedger, row),
      () => {},
    );
    return await Array.fromAsync(ledgers);
  }

  /**
   * All chains of a connector at one moment: a query of one partition is a snapshot (docs/azure.md,
   * "Queries"). In a reply of several pages, ledgers come before slices: a slice that is folded in
   * between is missing from the result, and never counted twice.
   */
  async snapshot(connectorId: string): Promise<CheckpointsSnapshot> {
    return await snapshotOf(this.#table.list(connectorId));
  }

  /**
   * The snapshots of the connectors from one id to another (inclusive), with their ids: by default of all
   * connectors. Reads long pages.
   */
  async *snapshots(from = '', to = AFTER_ALL_IDS): AsyncGenerator<[string, CheckpointsSnapshot]> {
    let rows: Row[] = [];
    for await (const row of this.#table.listPartitions(from, `${to}!`)) {
      const [first] = rows;
      if (first && first.partition !== row.partition) {
        yield [first.partition, await snapshotOf(rows)];
        rows = [];
      }
      rows.push(row);
    }
    if (rows[0]) yield [rows[0].partition, await snapshotOf(rows)];
  }

  /**
   * A backfill with its open slices at one moment. Folding a slice changes the ledger, so the
   * slices belong to a ledger that is unchanged after they are read. Throws `StorageUnavailable`
   * when the ledger keeps changing.
   */
  async backfillWithSlices(
    connectorId: string,
    backfillId: string,
  ): Promise<BackfillWithSlices | undefined> {
    let ledger = await this.backfill(connectorId, backfillId);
    const result = await retryOnConflict(MAX_READS, async () => {
      if (!ledger) return undefined;
      const before = ledger;
      let isWhole = true;
      const open = await this.openSlices(connectorId, backfillId, () => {
        isWhole = false;
      });
      ledger = await this.backfill(connectorId, backfillId);
      return ledger?.etag === before.etag ? { ledger: before, open, isWhole } : 'conflict';
    });
    if (result !== 'conflict') return result;
    throw new ProblemError(storageUnavailable('The backfill kept changing while it was read.'));
  }

  /** The id of the latest backfill, with the ETag that guards the start of another. */
  async latestBackfill(connectorId: string): Promise<{ id: string; etag: string } | undefined> {
    const row = await this.#table.get(connectorId, BACKFILL_POINTER_KEY);
    return row && { id: latestOf(row), etag: row.etag };
  }

  /** Deletes the rows of a deleted generation; false when it ran out of time. */
  async purge(connectorId: string, generation: string, outOfTime: OutOfTime): Promise<boolean> {
    const rows = this.#table.list(connectorId, { select: ['generation'] });
    const own = only(rows, ({ cells }) => cells.generation === generation);
    return (await deleteRows(this.#table, own, { outOfTime })).all;
  }

  /** A transaction in the connector's partition; the new ETags, or undefined after a conflict. */
  async commit(
    connectorId: string,
    operations: readonly Operation[],
  ): Promise<(string | undefined)[] | undefined> {
    const result = await this.#table.batch(connectorId, operations);
    return result.ok ? result.etags : undefined;
  }
}

export const creation = (key: string, value: object): Operation => ({
  kind: 'create',
  key,
  cells: toCells(value),
});

export const replacement = (of: { key: string; etag: string }, value: object): Operation => ({
  kind: 'replace',
  key: of.key,
  etag: of.etag,
  cells: toCells(value),
});

function stored<T extends z.ZodType>(
  schema: T,
  row: Row | undefined,
): Stored<z.output<T>> | undefined {
  return row && storedRow(schema, row);
}

function storedRow<T extends z.ZodType>(schema: T, row: Row): Stored<z.output<T>> {
  const { key, etag, storedAtMs } = row;
  return { key, etag, storedAtMs, value: readRow(schema, CHECKPOINTS_TABLE, row) };
}
