/**
 * Table `deliveries`: every webhook delivery, recorded before it is acknowledged, so that it is
 * worked on once and never lost. The credential lies in the vault; the row holds its name.
 *
 *   <digest of the id>             the delivery
 *   open_<received>_<digest>       work, or a credential of it, may be left
 *   done_<received>_<digest>       it is over, and forgotten in the order in which they came
 *
 * The two indexes move in the same transaction as the delivery, so that neither what is to be brought
 * forward nor what is to be forgotten is looked for among all that are done.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { OutOfTime } from '../clock.ts';
import { OPERATION_TYPES } from '../enumerations.ts';
import { json, number, toCells } from './cells.ts';
import type { Operation, Table } from './table.ts';

const PARTITION = 'deliveries';

const fields = z.object({
  /** The route it came by, in the record: `webhook.portal` or `webhook.events`. */
  caller: z.string(),
  connectorId: z.string(),
  type: z.enum(OPERATION_TYPES),
  /** The sender's time. */
  sentAtMs: number,
  receivedAtMs: number,
  /** Tells the same delivery again from another one under its id. */
  contentHash: z.string(),
  /** The request's body, without the credential. */
  body: json(z.record(z.string(), z.unknown())),
  secretName: z.string().optional(),
  secretVersion: z.string().optional(),
  /** `receiving`: its credential is not in the vault yet, its sender has no answer. */
  state: z.enum(['receiving', 'recorded', 'done']),
  attempts: number,
  result: z.string().optional(),
});
export type Delivery = z.output<typeof fields>;
export interface StoredDelivery {
  key: string;
  etag: string;
  delivery: Delivery;
}

/** Ids come from outside: the key is a digest of them. */
export const deliveryKey = (caller: string, deliveryId: string): string =>
  createHash('sha256')
    .update(JSON.stringify([caller, deliveryId]))
    .digest('hex')
    .slice(0, 40);

/** A delivery that may not be over, by its entry in the index: what can be said without its row. */
export interface OpenDelivery {
  indexKey: string;
  deliveryKey: string;
  secretName?: string;
}

const OPEN = 'open_';
const DONE = 'done_';
const timed = (prefix: string, ms: number) => `${prefix}${String(ms).padStart(13, '0')}_`;
const openKey = (key: string, { receivedAtMs }: Delivery) => `${timed(OPEN, receivedAtMs)}${key}`;
const doneKey = (key: string, { receivedAtMs }: Delivery) => `${timed(DONE, receivedAtMs)}${key}`;
const deliveryKeyOf = (indexKey: string) => indexKey.slice(timed(OPEN, 0).length);

export class Deliveries {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(key: string): Promise<StoredDelivery | undefined> {
    const row = await this.#table.get(PARTITION, key);
    return row && { key, etag: row.etag, delivery: fields.parse(row.cells) };
  }

  /** False when it is there already. */
  async create(key: string, delivery: Delivery): Promise<boolean> {
    const { secretName } = delivery;
    return await this.#apply(
      { kind: 'create', key, cells: toCells(delivery) },
      { kind: 'create', key: openKey(key, delivery), cells: toCells({ secretName }) },
    );
  }

  /** Compare and swap. */
  async replace({ key, etag }: StoredDelivery, delivery: Delivery): Promise<boolean> {
    return await this.#apply({ kind: 'replace', key, etag, cells: toCells(delivery) });
  }

  /** Compare and swap; it stays open until its credential is gone (`close`). */
  async finish({ key, etag, delivery }: StoredDelivery, result: string): Promise<boolean> {
    const done: Delivery = { ...delivery, state: 'done', result };
    return await this.#apply(
      { kind: 'replace', key, etag, cells: toCells(done) },
      { kind: 'create', key: doneKey(key, delivery), cells: {} },
    );
  }

  /** Compare and swap; it stays open until its credential is gone (`close`). */
  async release({ key, etag }: StoredDelivery): Promise<boolean> {
    return await this.#apply({ kind: 'delete', key, etag });
  }

  /** Those that may not be over, oldest first. */
  async *open(): AsyncGenerator<OpenDelivery> {
    const rows = this.#table.list(PARTITION, { from: OPEN, to: `${OPEN}~` });
    for await (const { key: indexKey, cells } of rows) {
      const secret = typeof cells.secretName === 'string' ? { secretName: cells.secretName } : {};
      yield { indexKey, deliveryKey: deliveryKeyOf(indexKey), ...secret };
    }
  }

  /** Whether the entry is about this delivery, and not about an earlier one under its id. */
  isOf({ indexKey }: OpenDelivery, { key, delivery }: StoredDelivery): boolean {
    return indexKey === openKey(key, delivery);
  }

  async close({ indexKey }: Pick<OpenDelivery, 'indexKey'>): Promise<void> {
    await this.#apply({ kind: 'delete', key: indexKey });
  }

  openEntry({ key, delivery }: StoredDelivery): Pick<OpenDelivery, 'indexKey'> {
    return { indexKey: openKey(key, delivery) };
  }

  /** Forgets those that are over and were received before this instant, until `outOfTime`. */
  async forgetBefore(ms: number, outOfTime: OutOfTime): Promise<void> {
    const range = { from: DONE, to: timed(DONE, ms), select: [] };
    for await (const { key } of this.#table.list(PARTITION, range)) {
      if (outOfTime()) return;
      const [row, entry] = [deliveryKeyOf(key), key];
      await this.#apply({ kind: 'delete', key: row }, { kind: 'delete', key: entry });
    }
  }

  async #apply(...operations: Operation[]): Promise<boolean> {
    return (await this.#table.batch(PARTITION, operations)).ok;
  }
}
