/**
 * Table `status`: facts of the last runs, for the status page and the timer. Rows are merged
 * without an ETag. Their keys contain the registration, so that a late run of an earlier
 * registration cannot change the facts of the next. A fact about the credential names the secret
 * version.
 */
import * as z from 'zod';
import { CHECK_NAMES, STATUS_NAMES } from '../enumerations.ts';
import type { SeenLimit } from '../okta/governor.ts';
import { retryOnConflict, settled } from '../retry-on-conflict.ts';
import { errorCode, json, number, orAbsent, problem, toCells, word } from './cells.ts';
import type { Registration } from './connectors.ts';
import { type RateFacts, rateOf, type Throttled, withThrottled } from './rate-facts.ts';
import { AFTER_ALL_IDS, type Operation, type Row, type Table } from './table.ts';

const STATUS_KEY = 'status';
const RATE_KEY = 'rate';
const MAX_ATTEMPTS = 10;

const lastErrorSchema = z.object({
  problem,
  atMs: z.number(),
  /** The start of the present series of this error. */
  sinceMs: z.number().optional(),
  secretVersion: z.string().optional(),
});
export type LastError = z.output<typeof lastErrorSchema>;

const checkSchema = z.object({
  name: word(CHECK_NAMES),
  ok: z.boolean(),
  durationMs: z.number(),
  error: z.object({ code: errorCode, message: z.string(), remedy: z.string() }).optional(),
});
export type HealthCheck = z.output<typeof checkSchema>;

const statusFields = z.object({
  /** The time of the connector's next poll, by the storage's clock. */
  dueAtMs: orAbsent(number),
  lastAttemptAtMs: orAbsent(number),
  /** The time of the last manual poll. */
  polledNowAtMs: orAbsent(number),
  /** When the event hook last rang, known to five seconds. */
  rangAtMs: orAbsent(number),
  /** A ring is not answered yet: no poll has begun since. */
  ringWaits: orAbsent(z.boolean()),
  /** The start of the last poll that answered a ring. */
  ringPolledAtMs: orAbsent(number),
  lastSuccessAtMs: orAbsent(number),
  /** The time at which a slice of a backfill last read a page. */
  backfillReadAtMs: orAbsent(number),
  lastEventAtMs: orAbsent(number),
  /** The time at which Okta last accepted the token, and the version of the token. */
  verifiedAtMs: orAbsent(number),
  verifiedVersion: orAbsent(z.string()),
  caughtUp: orAbsent(z.boolean()),
  /** The start of the present series of successful, or of failed, polls. */
  wellSinceMs: orAbsent(number),
  failingSinceMs: orAbsent(number),
  /** Each error is cleared by the next success of its kind. */
  liveError: orAbsent(json(lastErrorSchema.nullable())),
  backfillError: orAbsent(json(lastErrorSchema.nullable())),
  /** The reason why the last webhook delivery was not applied; cleared by the next successful poll. */
  deliveryError: orAbsent(json(lastErrorSchema.nullable())),
  /** The status in the last log line about it. */
  toldStatus: orAbsent(z.enum(STATUS_NAMES)),
  /** The result of the last test of the connector. */
  healthCheck: orAbsent(
    json(z.object({ atMs: z.number(), ok: z.boolean(), checks: z.array(checkSchema) })),
  ),
});
export type StatusFacts = z.output<typeof statusFields>;

/** The only cell that the timer reads. */
const dueField = statusFields.pick({ dueAtMs: true });

export type StatusChange = Partial<StatusFacts>;

/** The facts that the runs of a connector store for each other and for the status page. */
export interface Known {
  facts: StatusFacts;
  rate: RateFacts;
}

export interface Due {
  connectorId: string;
  dueAtMs: number;
}

const partitionOf = ({ id, generation, registration }: Registration) =>
  `${id}.${generation}.${registration}`;
const connectorIdOf = (partition: string) => partition.slice(0, partition.indexOf('.'));

export class StatusTable {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async facts(connector: Registration): Promise<StatusFacts> {
    const row = await this.#table.get(partitionOf(connector), STATUS_KEY);
    return statusFields.parse(row?.cells ?? {});
  }

  async rate(connector: Registration): Promise<RateFacts> {
    return rateOf(await this.#table.get(partitionOf(connector), RATE_KEY));
  }

  /** Reads both rows in one query. */
  async known(connector: Registration): Promise<Known> {
    const rows = new Map<string, Row>();
    for await (const row of this.#table.list(partitionOf(connector))) rows.set(row.key, row);
    return knownOf(rows.get(STATUS_KEY), rows.get(RATE_KEY));
  }

  /** Reads the facts of all connectors at once. */
  async factsOfAll(): Promise<(connector: Registration) => Known> {
    const rows = new Map<string, Row>();
    for await (const row of this.#table.listPartitions('', AFTER_ALL_IDS))
      rows.set(`${row.partition} ${row.key}`, row);
    return (connector) => {
      const partition = partitionOf(connector);
      return knownOf(rows.get(`${partition} ${STATUS_KEY}`), rows.get(`${partition} ${RATE_KEY}`));
    };
  }

  /** The due times of all connectors that have one. */
  async *due(): AsyncGenerator<Due> {
    for await (const row of this.#table.listEverywhere(STATUS_KEY)) {
      const { dueAtMs } = dueField.parse(row.cells);
      if (dueAtMs !== undefined) yield { connectorId: connectorIdOf(row.partition), dueAtMs };
    }
  }

  async merge(connector: Registration, change: StatusChange, seen?: SeenLimit): Promise<void> {
    const operations: Operation[] = [
      { kind: 'merge', key: STATUS_KEY, cells: toCells(encodeNull(change)) },
    ];
    if (seen) operations.push({ kind: 'merge', key: RATE_KEY, cells: toCells(seen) });
    await this.#table.batch(partitionOf(connector), operations);
  }

  /** Records the limit that a request outside of a run has seen. */
  async saw(connector: Registration, seen: SeenLimit): Promise<void> {
    const rate: Operation = { kind: 'merge', key: RATE_KEY, cells: toCells(seen) };
    await this.#table.batch(partitionOf(connector), [rate]);
  }

  /**
   * Counts a 429 by compare and swap, because runs of a connector write concurrently. Throws
   * `KEPT_CHANGING` when the write keeps conflicting.
   */
  async countThrottled(
    connector: Registration,
    throttled: Throttled,
    nowMs: number,
  ): Promise<void> {
    const partition = partitionOf(connector);
    const result = await retryOnConflict(MAX_ATTEMPTS, async () => {
      const row = await this.#table.get(partition, RATE_KEY);
      const cells = { ...row?.cells, ...toCells(withThrottled(rateOf(row), throttled, nowMs)) };
      const operation: Operation = row
        ? { kind: 'replace', key: RATE_KEY, cells, etag: row.etag }
        : { kind: 'create', key: RATE_KEY, cells };
      return (await this.#table.batch(partition, [operation])).ok || 'conflict';
    });
    settled(result);
  }

  /** Deletes the facts of an ended registration. */
  async forget(connector: Registration): Promise<void> {
    for (const key of [STATUS_KEY, RATE_KEY])
      await this.#table.batch(partitionOf(connector), [{ kind: 'delete', key }]);
  }
}

/** A merge cannot remove a cell: null is kept as JSON null. */
const encodeNull = (change: StatusChange): object =>
  Object.fromEntries(
    Object.entries(change).map(([name, value]) => [name, value === null ? 'null' : value]),
  );

const knownOf = (status: Row | undefined, rate: Row | undefined): Known => ({
  facts: statusFields.parse(status?.cells ?? {}),
  rate: rateOf(rate),
});
