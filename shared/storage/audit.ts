/**
 * Table `audit`: who asked for what, when, and what came of it (docs/contract.md, "Audit"). A row
 * is written before the change and completed after it; it is kept when the connector is deleted,
 * and never holds a credential or anything else that was submitted.
 */
import * as z from 'zod';
import { AUDIT_RESULTS } from '../enumerations.ts';
import { number, toCells } from './cells.ts';
import { newestFirst } from './newest-first.ts';
import type { Table } from './table.ts';

const PARTITION = 'audit';

const fields = z.object({
  atMs: number,
  caller: z.string(),
  action: z.string(),
  connectorId: z.string().optional(),
  result: z.enum(AUDIT_RESULTS),
  code: z.string().optional(),
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

  async complete(key: string, result: AuditResult): Promise<void> {
    await this.#table.batch(PARTITION, [{ kind: 'merge', key, cells: toCells(result) }]);
  }

  /** Newest first, behind the given key. */
  async *list(after = ''): AsyncGenerator<AuditEntry & { key: string }> {
    for await (const { key, cells } of this.#table.list(PARTITION, { from: `${after}!` }))
      yield { key, ...fields.parse(cells) };
  }
}
