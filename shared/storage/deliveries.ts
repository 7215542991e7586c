/**
 * Table `deliveries`: every webhook delivery, recorded before it is acknowledged, so that it is
 * worked on once and never lost. The credential lies in the vault; the row holds its name.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { json, number, toCells } from './cells.ts';
import type { Operation, Row, Table } from './table.ts';

const PARTITION = 'deliveries';

const fields = z.object({
  /** The route it came by, in the record: `webhook.portal` or `webhook.events`. */
  caller: z.string(),
  connectorId: z.string(),
  type: z.string(),
  /** The sender's time. */
  atMs: number,
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
  storedAtMs: number;
  delivery: Delivery;
}

/** Ids come from outside: the key is a digest of them. */
export const deliveryKey = (caller: string, deliveryId: string): string =>
  createHash('sha256')
    .update(JSON.stringify([caller, deliveryId]))
    .digest('hex')
    .slice(0, 40);

export class Deliveries {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(key: string): Promise<StoredDelivery | undefined> {
    const row = await this.#table.get(PARTITION, key);
    return row && stored(row);
  }

  /** False when it is there already. */
  async create(key: string, delivery: Delivery): Promise<boolean> {
    return await this.#apply({ kind: 'create', key, cells: toCells(delivery) });
  }

  /** Compare and swap. */
  async replace({ key, etag }: StoredDelivery, delivery: Delivery): Promise<boolean> {
    return await this.#apply({ kind: 'replace', key, etag, cells: toCells(delivery) });
  }

  async remove({ key, etag }: StoredDelivery): Promise<boolean> {
    return await this.#apply({ kind: 'delete', key, etag });
  }

  async *list(): AsyncGenerator<StoredDelivery> {
    for await (const row of this.#table.list(PARTITION)) yield stored(row);
  }

  async #apply(operation: Operation): Promise<boolean> {
    return (await this.#table.batch(PARTITION, [operation])).ok;
  }
}

const stored = ({ key, etag, storedAtMs, cells }: Row): StoredDelivery => ({
  key,
  etag,
  storedAtMs,
  delivery: fields.parse(cells),
});
