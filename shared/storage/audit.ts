/**
 * Table `audit`: the record of management calls (docs/contract.md, "Audit"). A row is written
 * before the change and completed after it. It is kept when the connector is deleted, and never
 * holds a credential or another submitted value.
 */
import * as z from 'zod';
import { AUDIT_RESULTS } from '../enumerations.ts';
import { retryOnConflict } from '../retry-on-conflict.ts';
import { errorCode, number, toCells, word } from './cells.ts';
import { newestFirst } from './newest-first.ts';
import type { Operation, Table } from './table.ts';

const PARTITION = 'audit';
const MINUTE_MS = 60_000;
/** The limit of recorded refusals a minute. */
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
    await this.#table.batch(PARTITION, [{ kind: 'put', key, cells: toCells(entry) }]);
    return key;
  }

  /**
   * Records unauthenticated refusals, which can come in any number: one entry for each code and
   * minute. Its time is the start of the minute, its detail the number of refusals. A refusal whose
   * write keeps conflicting is not counted, but the entry exists.
   */
  async countByMinute(entry: Omit<AuditEntry, 'detail'>): Promise<void> {
    const atMs = entry.atMs - (entry.atMs % MINUTE_MS);
    const key = `${newestFirst(atMs)}_${entry.code}`;
    await retryOnConflict(MAX_ATTEMPTS, async () => {
      const row = await this.#table.get(PARTITION, key);
      const count = Number(row?.cells.count ?? 0) + 1;
      if (count > MAX_COUNTED) return;
      const detail = `${count}${count === MAX_COUNTED ? ' or more' : ''} in this minute`;
      const cells = toCells({ ...entry, atMs, count, detail });
      const operation: Operation = row
        ? { kind: 'replace', key, cells, etag: row.etag }
        : { kind: 'create', key, cells };
      return (await this.#table.batch(PARTITION, [operation])).ok ? undefined : 'conflict';
    });
  }

  async complete(key: string, result: AuditResult): Promise<void> {
    await this.#table.batch(PARTITION, [{ kind: 'merge', key, cells: toCells(result) }]);
  }

  /** Newest first, from behind the given key. */
  async *list(after = ''): AsyncGenerator<AuditEntry & { key: string }> {
    for await (const { key, cells } of this.#table.list(PARTITION, { from: `${after}!` }))
      yield { key, ...fields.parse(cells) };
  }
}
