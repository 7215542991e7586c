/**
 * Table `connectors`: the configuration of every connector and the claim of every org, in one
 * partition so that both are taken in one create-only batch (docs/architecture.md, "Registration").
 * Its rows change only with the configuration; polling writes to `status` and `checkpoints`. Every change
 * of a connector's row marks the connector as unfinished in the same transaction (unfinished.ts).
 */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { json, keepingOthers, number, toCells, word } from './cells.ts';
import { configShape } from './config-fields.ts';
import { hookEnd } from './event-hooks.ts';
import { Sweeps, sweepOf } from './sweeps.ts';
import { type Operation, only, type Row, type Table } from './table.ts';
import { markOf, CONNECTORS_PARTITION as PARTITION, UnfinishedConnectors } from './unfinished.ts';
import { type LeftOut, readable, readRow } from './unreadable-row.ts';

const TABLE = 'connectors';
const orgKey = (orgId: string) => `org_${orgId}`;

const fields = keepingOthers(
  z.object({
    ...configShape('row'),
    origin: z.string(),
    /** Empty in state `failed`: no org is claimed then. */
    orgId: z.string(),
    orgUrl: z.string(),
    /** The hosts that the token may be sent to, verified to belong to this org. */
    hosts: json(z.array(z.string())),
    /**
     * `failed`: a webhook's registration that Okta refused; no org, no secret. `deleted`: hidden,
     * keeps org and generation until its events are purged.
     */
    state: word(['registering', 'active', 'failed', 'deleted']),
    /** Of a tombstone: the events are deleted as well. */
    purging: z.boolean().default(false),
    /** Of a tombstone: clean-up is complete; a later request may still purge the events. */
    cleared: z.boolean().optional(),
    /** Of a tombstone: a claim without a secret was released; a delete was not requested. */
    released: z.boolean().optional(),
    enabled: z.boolean(),
    /** Changes with a purge: keeps late writes of an old run out of a new registration. */
    generation: z.string(),
    /** Counts the registrations under this id. */
    registration: number,
    /** Counts the changes of the configuration: the contract's ETag. */
    revision: number,
    secretName: z.string(),
    /** The only version in use. Absent until the token has reached the vault. */
    secretVersion: z.string().optional(),
    credentialUpdatedAt: z.string().optional(),
    /**
     * Okta's own time at registration: the backfill ends here (docs/okta.md, "Where live begins").
     */
    connectedAtMs: number,
    createdAt: z.string(),
    createdBy: z.string(),
    updatedAt: z.string(),
    updatedBy: z.string(),
    /**
     * The sender's time of the last delivery that was applied (docs/contract.md,
     * "Order of deliveries").
     */
    deliverySentAtMs: number.optional(),
    /** The key of that delivery: a second worker then knows that it was applied. */
    deliveryKey: z.string().optional(),
    /** The event hook of this registration (`event-hooks.ts`). Any other hook has no effect. */
    hookRef: z.string().optional(),
  }),
);

export type Connector = z.output<typeof fields> & { id: string };
/** The identity of a registration. */
export type Registration = Pick<Connector, 'id' | 'generation' | 'registration'>;

export interface StoredConnector {
  connector: Connector;
  etag: string;
  storedAtMs: number;
}

export class Connectors {
  readonly unfinished: UnfinishedConnectors;
  readonly sweeps: Sweeps;
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
    this.unfinished = new UnfinishedConnectors(table);
    this.sweeps = new Sweeps(table);
  }

  async get(id: string): Promise<StoredConnector | undefined> {
    const row = await this.#table.get(PARTITION, id);
    return row && { connector: fieldsOf(row), ...row };
  }

  /**
   * Whether this is still the registration under its id, and not deleted. Call it after reading a row
   * of another registration: true means that the row belongs to an earlier registration.
   */
  async isPresent({ id, generation, registration }: Registration): Promise<boolean> {
    const now = (await this.get(id))?.connector;
    if (now?.state === 'deleted') return false;
    return now?.generation === generation && now.registration === registration;
  }

  /** By id, from behind the given one. A row that cannot be read is left out. */
  list(leftOut: LeftOut, after = ''): AsyncGenerator<StoredConnector> {
    const range = after === '' ? {} : { from: `${after}!` };
    const rows = only(this.#table.list(PARTITION, range), isConnector);
    return readable(rows, (row) => ({ connector: fieldsOf(row), ...row }), leftOut);
  }

  /** The ids of all connectors, in order, with those of deleted connectors. */
  async ids(): Promise<string[]> {
    const rows = only(this.#table.list(PARTITION, { select: [] }), isConnector);
    return await Array.fromAsync(rows, ({ key }) => key);
  }

  /** The id of the connector that has claimed this org. */
  async holderOf(orgId: string): Promise<string | undefined> {
    const row = await this.#table.get(PARTITION, orgKey(orgId));
    return typeof row?.cells.connectorId === 'string' ? row.cells.connectorId : undefined;
  }

  /** Claims the id and the org together, or neither. */
  async claim(connector: Connector): Promise<'claimed' | 'taken'> {
    return await this.#claim(connector, { kind: 'create' });
  }

  /** Claims the org for an existing row without an org: a failed or deleted connector. */
  async claimAgain(connector: Connector, etag: string): Promise<'claimed' | 'taken'> {
    return await this.#claim(connector, { kind: 'replace', etag });
  }

  async #claim(connector: Connector, how: { kind: 'create' } | { kind: 'replace'; etag: string }) {
    const { id, orgId } = connector;
    const result = await this.#table.batch(PARTITION, [
      { ...how, key: id, cells: cellsOf(connector) },
      { kind: 'create', key: orgKey(orgId), cells: { connectorId: id } },
      markOf(id),
    ]);
    return result.ok || (await this.#holds(connector)) ? 'claimed' : 'taken';
  }

  /**
   * Creates a row without an org: a failed connector, or a connector deleted before it was
   * registered.
   */
  async createUnclaimed(connector: Connector): Promise<boolean> {
    const { id } = connector;
    const creation: Operation = { kind: 'create', key: id, cells: cellsOf(connector) };
    return (await this.#table.batch(PARTITION, [creation, markOf(id)])).ok;
  }

  /**
   * Hides the connector and releases its org; `sweepAtMs` is the time of the final sweep. Returns false
   * when the row has changed in the meantime.
   */
  async tombstone(
    { connector: before, etag }: StoredConnector,
    change: Partial<Connector>,
    sweepAtMs: number,
  ): Promise<boolean> {
    const gone = { state: 'deleted', cleared: undefined, enabled: false } as const;
    const connector: Connector = { ...before, ...change, ...gone, hookRef: undefined };
    const { id: connectorId, generation, registration, secretName, purging } = connector;
    const sweep = { connectorId, generation, secretName, purging, dueAtMs: sweepAtMs };
    // A missing claim, for example after a restore of storage, does not prevent the delete.
    const holdsOrg = before.orgId !== '' && (await this.holderOf(before.orgId)) === connectorId;
    const hook = await hookEnd(this.#table, before.hookRef);
    const result = await this.#table.batch(PARTITION, [
      { kind: 'replace', key: connectorId, cells: cellsOf(connector), etag },
      sweepOf({ ...sweep, registration }),
      markOf(connectorId),
      ...(holdsOrg ? [{ kind: 'delete' as const, key: orgKey(before.orgId) }] : []),
      ...hook,
    ]);
    return result.ok;
  }

  /** Records that the clean-up is complete. Returns false when the row has changed in the meantime. */
  async markCleared({ connector, etag }: StoredConnector): Promise<boolean> {
    return await this.#replace({ ...connector, cleared: true }, etag);
  }

  /** Deletes the row of a deleted connector whose events are purged; false as above. */
  async forget({ connector: { id }, etag }: StoredConnector): Promise<boolean> {
    return (await this.#table.batch(PARTITION, [{ kind: 'delete', key: id, etag }])).ok;
  }

  /**
   * Compare and swap, together with other changes of the partition. Returns false when the row has
   * changed in the meantime.
   */
  async replace(
    connector: Connector,
    etag: string,
    together: readonly Operation[] = [],
  ): Promise<boolean> {
    return await this.#replace(connector, etag, markOf(connector.id), ...together);
  }

  async #replace(connector: Connector, etag: string, ...together: Operation[]): Promise<boolean> {
    const cells = cellsOf(connector);
    const operation: Operation = { kind: 'replace', key: connector.id, cells, etag };
    const { ok } = await this.#table.batch(PARTITION, [operation, ...together]);
    return ok || (await this.#holds(connector));
  }

  /**
   * The storage client repeats a write whose reply was lost. The repeated write finds an equal row, its
   * own effect.
   */
  async #holds(connector: Connector): Promise<boolean> {
    const row = await this.#table.get(PARTITION, connector.id);
    return row !== undefined && isDeepStrictEqual(cellsOf(fieldsOf(row)), cellsOf(connector));
  }
}

/** Ids have no `_`: keys with `_` are claims, sweeps and marks. */
const isConnector = ({ key }: Row): boolean => !key.includes('_');

const fieldsOf = (row: Row): Connector => ({
  id: row.key,
  ...readRow(fields, TABLE, row),
});

function cellsOf(connector: Connector) {
  const { id: _, ...rest } = connector;
  return toCells(rest);
}
