/**
 * Table `deliveries`: every webhook delivery, recorded before it is acknowledged, so that it is applied
 * once and never lost. The credential is in the vault; the row holds its name.
 *
 *   <digest of the id>             the delivery
 *   open_<received>_<digest>       work, or the credential, may be left
 *   done_<received>_<digest>       finished; deleted in the order of receipt
 *
 * The two indexes change in the same transaction as the delivery. Housekeeping finds open and expired
 * deliveries by them, without a scan of all deliveries.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { OutOfTime } from '../clock.ts';
import { OPERATION_TYPES } from '../enumerations.ts';
import { json, keepingOthers, number, toCells, word } from './cells.ts';
import { leaseFields, noLease } from './lease.ts';
import type { Operation, Table } from './table.ts';
import { readRow } from './unreadable-row.ts';

const PARTITION = 'deliveries';

const fields = keepingOthers(
  z.object({
    /** The route, as the caller in the record: `webhook.portal` or `webhook.events`. */
    caller: z.string(),
    connectorId: z.string(),
    type: word(OPERATION_TYPES),
    /** The sender's time. */
    sentAtMs: number,
    receivedAtMs: number,
    /** Distinguishes a repeated delivery from another delivery with the same id. */
    contentHash: z.string(),
    /** The request's body, without the credential. */
    body: json(z.record(z.string(), z.unknown())),
    secretName: z.string().optional(),
    secretVersion: z.string().optional(),
    /** `receiving`: the credential is not in the vault yet, and the sender has no reply. */
    state: word(['receiving', 'recorded', 'done']),
    attempts: number,
    result: z.string().optional(),
    /** The worker that applies it now: one at a time. */
    ...leaseFields.shape,
  }),
);
export type Delivery = z.output<typeof fields>;
export interface StoredDelivery {
  key: string;
  etag: string;
  delivery: Delivery;
}

/** Ids come from outside: the key is a digest. */
export const deliveryKey = (caller: string, deliveryId: string): string =>
  createHash('sha256')
    .update(JSON.stringify([caller, deliveryId]))
    .digest('hex')
    .slice(0, 40);

/** The index entry of a delivery that may not be finished. */
export interface OpenDelivery {
  indexKey: string;
  deliveryKey: string;
  /** When its row was written, by the storage's own time. */
  recordedAtMs: number;
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
    return row && { key, etag: row.etag, delivery: readRow(fields, 'deliveries', row) };
  }

  /** False when the delivery exists already. */
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
    const done: Delivery = { ...delivery, ...noLease, state: 'done', result };
    return await this.#apply(
      { kind: 'replace', key, etag, cells: toCells(done) },
      { kind: 'create', key: doneKey(key, delivery), cells: {} },
    );
  }

  /** Compare and swap; it stays open until its credential is gone (`close`). */
  async release({ key, etag }: StoredDelivery): Promise<boolean> {
    return await this.#apply({ kind: 'delete', key, etag });
  }

  /** The deliveries that may not be finished, oldest first. */
  async *open(): AsyncGenerator<OpenDelivery> {
    const rows = this.#table.list(PARTITION, { from: OPEN, to: `${OPEN}~` });
    for await (const { key: indexKey, storedAtMs: recordedAtMs, cells } of rows) {
      const secret = typeof cells.secretName === 'string' ? { secretName: cells.secretName } : {};
      yield { indexKey, deliveryKey: deliveryKeyOf(indexKey), recordedAtMs, ...secret };
    }
  }

  /** Whether the entry belongs to this delivery, and not to an earlier one with the same id. */
  isOf({ indexKey }: Pick<OpenDelivery, 'indexKey'>, { key, delivery }: StoredDelivery): boolean {
    return indexKey === openKey(key, delivery);
  }

  async close({ indexKey }: Pick<OpenDelivery, 'indexKey'>): Promise<void> {
    await this.#apply({ kind: 'delete', key: indexKey });
  }

  openEntry({ key, delivery }: StoredDelivery): Pick<OpenDelivery, 'indexKey'> {
    return { indexKey: openKey(key, delivery) };
  }

  /** Deletes finished deliveries that were received before this instant, until `outOfTime`. */
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
