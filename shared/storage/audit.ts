/**
 * Table `audit`: the record of management calls (docs/contract.md, "Audit"). A row is written
 * before the change and completed after it. It is kept when the connector is deleted, and never
 * holds a credential or another submitted value.
 */
import * as z from 'zod';
import type { OutOfTime } from '../clock.ts';
import { AUDIT_RESULTS } from '../enumerations.ts';
import { retryOnConflict } from '../retry-on-conflict.ts';
import { errorCode, number, toCells, word } from './cells.ts';
import { deleteRows } from './delete-rows.ts';
import { instantOfKey, newestFirst } from './newest-first.ts';
import type { Operation, Row, Table } from './table.ts';

/** The partition of entries from before partitions by month. They are older than all other entries. */
const OLD_PARTITION = 'audit';
const LAST_MONTH = 9999 * 12;
const MINUTE_MS = 60_000;
/** The limit of recorded refusals per minute. */
const MAX_COUNTED = 1000;
const MAX_ATTEMPTS = 20;

const fields = z.object({
  atMs: number,
  caller: z.string(),
  action: z.string(),
  connectorId: z.string().optional(),
  result: word(AUDIT_RESULTS),
  code: errorCode.optional(),
  detail: z.string().optional(),
});
export type AuditEntry = z.output<typeof fields>;
export type AuditResult = Pick<AuditEntry, 'result' | 'code' | 'detail' | 'connectorId'>;

/** One partition per month. The latest month sorts first. */
function partitionOf(ms: number): string {
  const at = new Date(ms);
  const inverted = LAST_MONTH - (at.getUTCFullYear() * 12 + at.getUTCMonth());
  return `audit_${String(inverted).padStart(6, '0')}`;
}

/** Sorts after every month's partition. */
const BEHIND_ALL = 'audit_~';

export class Audit {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Returns the key under which the entry is completed. */
  async begin(entry: Omit<AuditEntry, 'result'>, requestId: string): Promise<string> {
    return await this.record({ ...entry, result: 'started' }, requestId);
  }

  async record(entry: AuditEntry, requestId: string): Promise<string> {
    const key = `${newestFirst(entry.atMs)}_${requestId}`;
    const partition = partitionOf(entry.atMs);
    await this.#table.batch(partition, [{ kind: 'put', key, cells: toCells(entry) }]);
    return key;
  }

  /**
   * Records refusals, whose number is unlimited: one entry for each minute and kind (the code by
   * default). Caller, action and connector are those of the latest refusal. Its time is the start of
   * the minute, its detail the number of refusals. A refusal whose write keeps conflicting is not
   * counted, but the entry exists.
   */
  async countByMinute(
    entry: Omit<AuditEntry, 'detail'>,
    kind: string = entry.code ?? entry.result,
  ): Promise<void> {
    const atMs = entry.atMs - (entry.atMs % MINUTE_MS);
    const key = `${newestFirst(atMs)}_${kind}`;
    const partition = partitionOf(atMs);
    await retryOnConflict(MAX_ATTEMPTS, async () => {
      const row = await this.#table.get(partition, key);
      const count = Number(row?.cells.count ?? 0) + 1;
      if (count > MAX_COUNTED) return;
      const detail = `${count}${count === MAX_COUNTED ? ' or more' : ''} in this minute`;
      const cells = toCells({ ...entry, atMs, count, detail });
      const operation: Operation = row
        ? { kind: 'replace', key, cells, etag: row.etag }
        : { kind: 'create', key, cells };
      return (await this.#table.batch(partition, [operation])).ok ? undefined : 'conflict';
    });
  }

  async complete(key: string, result: AuditResult): Promise<void> {
    const partition = partitionOf(instantOfKey(key));
    await this.#table.batch(partition, [{ kind: 'merge', key, cells: toCells(result) }]);
  }

  /** Newest first, starting after the given key. */
  async *list(after = ''): AsyncGenerator<AuditEntry & { key: string }> {
    for await (const { key, cells } of this.#rows(after)) yield { key, ...fields.parse(cells) };
  }

  /** Deletes the entries from before this instant; false when it ran out of time. */
  async deleteBefore(ms: number, outOfTime: OutOfTime): Promise<boolean> {
    const wanted = ({ key }: Row) => instantOfKey(key) < ms;
    const months = this.#table.listPartitions(partitionOf(ms), BEHIND_ALL, []);
    if (!(await deleteRows(this.#table, months, { wanted, outOfTime })).all) return false;
    const old = this.#table.list(OLD_PARTITION, { from: newestFirst(ms), select: [] });
    return (await deleteRows(this.#table, old, { wanted, outOfTime })).all;
  }

  async *#rows(after: string): AsyncGenerator<Row> {
    const from = `${after}!`;
    if (after === '') yield* this.#table.listPartitions('audit_', BEHIND_ALL);
    else {
      const partition = partitionOf(instantOfKey(after));
      yield* this.#table.list(partition, { from });
      yield* this.#table.listPartitions(`${partition}!`, BEHIND_ALL);
    }
    yield* this.#table.list(OLD_PARTITION, { from });
  }
}
