/**
 * The facts of the last runs, for the status page and the next runs: two rows in the connector's
 * partition of table `checkpoints`, so that a run writes them together with its position. They are
 * merged without an ETag. Their keys contain the registration, so that a late run of an earlier
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
import type { Operation, Row, Table } from './table.ts';

export const FACTS_PREFIX = 'facts_';
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
  /** The end of the last run without events in the history of runs. */
  idleRunAtMs: orAbsent(number),
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

export type StatusChange = Partial<StatusFacts>;

/** The facts that the runs of a connector store for each other and for the status page. */
export interface Known {
  facts: StatusFacts;
  rate: RateFacts;
}

const prefixOf = ({ generation, registration }: Registration) =>
  `${FACTS_PREFIX}${generation}.${registration}_`;
/** The keys of the two rows. */
export const factKeys = (connector: Registration) => ({
  status: `${prefixOf(connector)}status`,
  rate: `${prefixOf(connector)}rate`,
});

/** The facts of a connector among the rows of its partition. */
export function knownIn(connector: Registration, rows: readonly Row[]): Known {
  const keys = factKeys(connector);
  const row = (wanted: string) => rows.find(({ key }) => key === wanted);
  return {
    facts: statusFields.parse(row(keys.status)?.cells ?? {}),
    rate: rateOf(row(keys.rate)),
  };
}

export class StatusRows {
  readonly #table: Table;

  constructor(checkpoints: Table) {
    this.#table = checkpoints;
  }

  /** Reads both rows in one query. */
  async known(connector: Registration): Promise<Known> {
    const prefix = prefixOf(connector);
    const rows = this.#table.list(connector.id, { from: prefix, to: `${prefix}~` });
    return knownIn(connector, await Array.fromAsync(rows));
  }

  async merge(connector: Registration, change: StatusChange, seen?: SeenLimit): Promise<void> {
    await this.#table.batch(connector.id, this.changes(connector, change, seen));
  }

  /** The operations of `merge`, for a transaction in the connector's partition. */
  changes(connector: Registration, change: StatusChange, seen?: SeenLimit): Operation[] {
    const cells = toCells(encodeNull(change));
    const facts: Operation = { kind: 'merge', key: factKeys(connector).status, cells };
    return seen ? [facts, rateChange(connector, seen)] : [facts];
  }

  /** Records the limit that a request outside of a run has seen. */
  async saw(connector: Registration, seen: SeenLimit): Promise<void> {
    await this.#table.batch(connector.id, [rateChange(connector, seen)]);
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
    const [partition, key] = [connector.id, factKeys(connector).rate];
    const result = await retryOnConflict(MAX_ATTEMPTS, async () => {
      const row = await this.#table.get(partition, key);
      const cells = { ...row?.cells, ...toCells(withThrottled(rateOf(row), throttled, nowMs)) };
      const operation: Operation = row
        ? { kind: 'replace', key, cells, etag: row.etag }
        : { kind: 'create', key, cells };
      return (await this.#table.batch(partition, [operation])).ok || 'conflict';
    });
    settled(result);
  }

  /** Deletes the facts of an ended registration. */
  async forget(connector: Registration): Promise<void> {
    for (const key of Object.values(factKeys(connector)))
      await this.#table.batch(connector.id, [{ kind: 'delete', key }]);
  }
}

const rateChange = (connector: Registration, seen: SeenLimit): Operation => ({
  kind: 'merge',
  key: factKeys(connector).rate,
  cells: toCells(seen),
});

/** A merge cannot remove a cell: null is kept as JSON null. */
const encodeNull = (change: StatusChange): object =>
  Object.fromEntries(
    Object.entries(change).map(([name, value]) => [name, value === null ? 'null' : value]),
  );
