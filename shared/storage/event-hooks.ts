/**
 * Rows `hook_<ref>` of table `connectors`: where a request of Okta's event hook leads. They share the
 * partition of the connectors, so that a hook appears, changes and ends in one transaction with the row
 * of its connector, which names it (docs/architecture.md, "Event hooks").
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { number, toCells } from './cells.ts';
import type { Operation, Table } from './table.ts';
import { CONNECTORS_PARTITION as PARTITION } from './unfinished.ts';
import { readRow } from './unreadable-row.ts';

const TABLE = 'connectors';
const PREFIX = 'hook_';
const keyOf = (ref: string) => `${PREFIX}${ref}`;
/** No other text from a URL becomes part of a key. */
const REF = /^[\w-]{22}$/;
/** A ref of 132 random bits, made of the text of `Chance.secret`. */
export const newRef = (secret: string): string => secret.slice(0, 22);

const fields = z.object({
  connectorId: z.string(),
  generation: z.string(),
  registration: number,
  /** The SHA-256 hash of the secret: the secret itself is stored nowhere. */
  secretHash: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
});
export type EventHook = z.output<typeof fields>;

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

export const secretHashOf = (secret: string): string => hashOf(secret).toString('base64url');

/** Compares in constant time, also without a hook. */
export function isSecretOf(hook: EventHook | undefined, given: string): boolean {
  const stored = Buffer.from(hook?.secretHash ?? '', 'base64url');
  const wanted = Buffer.alloc(32);
  stored.copy(wanted);
  return timingSafeEqual(hashOf(given), wanted) && hook !== undefined;
}

/** Creates the hook, or replaces its secret. */
export const hookChange = (ref: string, hook: EventHook): Operation => ({
  kind: 'put',
  key: keyOf(ref),
  cells: toCells(hook),
});

/** Deletes the row of a hook. Empty without such a row, so that the transaction does not fail. */
export async function hookEnd(connectors: Table, ref: string | undefined): Promise<Operation[]> {
  const row = ref === undefined ? undefined : await connectors.get(PARTITION, keyOf(ref));
  return row ? [{ kind: 'delete', key: row.key }] : [];
}

export class EventHooks {
  readonly #table: Table;

  constructor(connectors: Table) {
    this.#table = connectors;
  }

  /** `ref` may be any text from a URL. */
  async get(ref: string): Promise<EventHook | undefined> {
    const row = REF.test(ref) ? await this.#table.get(PARTITION, keyOf(ref)) : undefined;
    return row && readRow(fields, TABLE, row);
  }

  /** The operation that deletes the row of this hook, if there is one. */
  async end(ref: string | undefined): Promise<Operation[]> {
    return await hookEnd(this.#table, ref);
  }

  /**
   * Deletes the hooks of an ended registration, also those that its row does not name: an earlier version
   * of the app deletes a connector without its hook.
   */
  async sweep(connectorId: string, generation: string, registration: number): Promise<void> {
    const range = { from: PREFIX, to: `${PREFIX}~` };
    for await (const row of this.#table.list(PARTITION, range)) {
      const hook = fields.safeParse(row.cells).data;
      if (hook?.connectorId !== connectorId || hook.generation !== generation) continue;
      if (hook.registration !== registration) continue;
      await this.#table.batch(PARTITION, [{ kind: 'delete', key: row.key, etag: row.etag }]);
    }
  }
}
