/**
 * Table `checkpoints`, one partition a connector: where each chain of pages stands.
 *
 *   live                     the live chain
 *   backfill                 which backfill is the latest
 *   backfill_<id>            the ledger of one backfill: frontiers, finished ranges, sums
 *   slice_<id>_<from>        one open slice of it
 *
 * Cursor, counters and lease of a chain are one row and so move in one write (T6).
 */
import * as z from 'zod';
import { json, number, toCells } from './cells.ts';
import { deleteRows } from './delete-rows.ts';
import { leaseFields } from './lease.ts';
import type { Operation, Row, Table } from './table.ts';

/** A range of time, `from` inclusive, `to` exclusive, epoch milliseconds. */
const rangeSchema = z.object({ fromMs: z.number(), toMs: z.number() });
export type TimeRange = z.output<typeof rangeSchema>;

/** What the pages confirmed so far amount to. */
const counterFields = z.object({
  events: number,
  pages: number,
  requests: number,
  /** How often an event was met that was already stored. */
  duplicates: number,
  /** How many of those came with other bytes. */
  variants: number,
});
export type Counters = z.output<typeof counterFields>;
export const NO_COUNTS: Counters = { events: 0, pages: 0, requests: 0, duplicates: 0, variants: 0 };

const chainFields = z
  .object({
    generation: z.string(),
    /** The page to ask for next: Okta's own link, or the first URL of the chain. */
    nextUrl: z.string(),
    /** Newest `published` of the last confirmed page that held events: where a refused cursor restarts (T7). */
    newestPublishedMs: number.optional(),
    /** Failed runs since the last confirmed page. */
    failures: number,
  })
  .extend(counterFields.shape)
  .extend(leaseFields.shape);

export type ChainPosition = z.output<typeof chainFields>;

const livePosition = chainFields.extend({
  /** The registration that it was started under. */
  registration: number,
  /** `since` of the chain's first request. */
  startedAtMs: number,
  cursorResets: number,
  /** Okta's time of the last poll that reached the end. */
  caughtUpAtMs: number.optional(),
  /** What no poll can bring any more: Okta had dropped it before it was read (T34). */
  gaps: json(z.array(rangeSchema)).default([]),
});
export type LivePosition = z.output<typeof livePosition>;

/** `verify` reads a range again and reports what was missing. */
const backfillMode = z.enum(['fill', 'verify']);
export type BackfillMode = z.output<typeof backfillMode>;

const slicePosition = chainFields.extend({
  backfillId: z.string(),
  /** The worker of the backfill whose slice it is. */
  worker: number,
  mode: backfillMode,
  fromMs: number,
  toMs: number,
  /** Read to its last page; only the folding into the ledger is left. */
  ended: z.boolean(),
  /** Okta's time of the last page. */
  readAtMs: number.optional(),
  gaps: json(z.array(rangeSchema)),
});
export type SlicePosition = z.output<typeof slicePosition>;

const backfillLedger = z
  .object({
    backfillId: z.string(),
    generation: z.string(),
    /** The registration that it was started under. */
    registration: number,
    /** Counts the sets of orchestrations that have driven it: a stuck set is replaced by the next. */
    attempt: number,
    mode: backfillMode,
    state: z.enum(['Running', 'Succeeded', 'Failed', 'Canceled']),
    fromMs: number,
    toMs: number,
    /** The two frontiers: what lies between them is not planned yet. */
    lowMs: number,
    highMs: number,
    /** Read to the last page, merged and in order. */
    finished: json(z.array(rangeSchema)),
    /** Dropped by Okta before it was read. */
    gaps: json(z.array(rangeSchema)),
    slicesDone: number,
    /** Okta's time of the latest page of any finished slice. */
    readAtMs: number.optional(),
    /** What a `verify` had to add. */
    missing: number.optional(),
    /** The last finished slice: its width and events tell the next one's width. */
    lastWidthMs: number.optional(),
    lastEvents: number.optional(),
    startedAtMs: number,
    endedAtMs: number.optional(),
    /** The webhook delivery that asked for it: the same one again starts no other. */
    requestedBy: z.string().optional(),
  })
  .extend(counterFields.shape);
export type BackfillLedger = z.output<typeof backfillLedger>;

/** Whether a live chain or a backfill belongs to what the connector is now. */
export const isOfRegistration = (
  one: Pick<LivePosition, 'generation' | 'registration'>,
  now: Pick<LivePosition, 'generation' | 'registration'>,
): boolean => one.generation === now.generation && one.registration === now.registration;

export const LIVE_KEY = 'live';
export const BACKFILL_POINTER_KEY = 'backfill';
export const backfillKey = (backfillId: string) => `backfill_${backfillId}`;
const slicePrefix = (backfillId: string) => `slice_${backfillId}_`;
export const sliceKey = (backfillId: string, fromMs: number) =>
  `${slicePrefix(backfillId)}${String(fromMs).padStart(13, '0')}`;

export interface Stored<T> {
  key: string;
  etag: string;
  storedAtMs: number;
  value: T;
}

export class Checkpoints {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async live(connectorId: string): Promise<Stored<LivePosition> | undefined> {
    return stored(livePosition, await this.#table.get(connectorId, LIVE_KEY));
  }

  async slice(connectorId: string, key: string): Promise<Stored<SlicePosition> | undefined> {
    return stored(slicePosition, await this.#table.get(connectorId, key));
  }

  async openSlices(connectorId: string, backfillId: string): Promise<Stored<SlicePosition>[]> {
    const prefix = slicePrefix(backfillId);
    const rows = this.#table.list(connectorId, { from: prefix, to: `${prefix}~` });
    const slices = [];
    for await (const row of rows) slices.push(stored(slicePosition, row));
    return slices.filter((slice) => slice !== undefined);
  }

  async backfill(
    connectorId: string,
    backfillId: string,
  ): Promise<Stored<BackfillLedger> | undefined> {
    return stored(backfillLedger, await this.#table.get(connectorId, backfillKey(backfillId)));
  }

  /** The ledgers of all backfills that there ever were, oldest first. */
  async backfills(connectorId: string): Promise<BackfillLedger[]> {
    const range = { from: backfillKey(''), to: backfillKey('~') };
    const ledgers: BackfillLedger[] = [];
    for await (const row of this.#table.list(connectorId, range))
      ledgers.push(backfillLedger.parse(row.cells));
    return ledgers;
  }

  /**
   * A backfill with its open slices as they were at one moment: folding a slice changes the ledger,
   * so a ledger that is the same behind the slices as before them belongs to them.
   */
  async backfillWithSlices(
    connectorId: string,
    backfillId: string,
  ): Promise<{ ledger: Stored<BackfillLedger>; open: Stored<SlicePosition>[] } | undefined> {
    let ledger = await this.backfill(connectorId, backfillId);
    while (ledger) {
      const open = await this.openSlices(connectorId, backfillId);
      const again = await this.backfill(connectorId, backfillId);
      if (again?.etag === ledger.etag) return { ledger, open };
      ledger = again;
    }
    return undefined;
  }

  /** The id of the latest backfill, with the ETag that guards the start of another. */
  async latestBackfill(connectorId: string): Promise<{ id: string; etag: string } | undefined> {
    const row = await this.#table.get(connectorId, BACKFILL_POINTER_KEY);
    return row && { id: z.string().parse(row.cells.latest), etag: row.etag };
  }

  /** Everything of a generation that is gone; false when `isOver` said to leave the rest. */
  async purge(connectorId: string, generation: string, isOver: () => boolean): Promise<boolean> {
    const rows = this.#table.list(connectorId, { select: ['generation'] });
    const own = only(rows, ({ cells }) => cells.generation === generation);
    return (await deleteRows(this.#table, own, { isOver })).all;
  }

  /** One transaction in the connector's partition; the new ETags, or undefined when it lost a race. */
  async commit(
    connectorId: string,
    operations: readonly Operation[],
  ): Promise<(string | undefined)[] | undefined> {
    const result = await this.#table.batch(connectorId, operations);
    return result.ok ? result.etags : undefined;
  }
}

export const creation = (key: string, value: object): Operation => ({
  kind: 'create',
  key,
  cells: toCells(value),
});

export const replacement = (of: { key: string; etag: string }, value: object): Operation => ({
  kind: 'replace',
  key: of.key,
  etag: of.etag,
  cells: toCells(value),
});

async function* only(rows: AsyncIterable<Row>, wanted: (row: Row) => boolean) {
  for await (const row of rows) if (wanted(row)) yield row;
}

function stored<T extends z.ZodType>(
  schema: T,
  row: Row | undefined,
): Stored<z.output<T>> | undefined {
  if (!row) return undefined;
  return {
    key: row.key,
    etag: row.etag,
    storedAtMs: row.storedAtMs,
    value: schema.parse(row.cells),
  };
}
