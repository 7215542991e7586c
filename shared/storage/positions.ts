/** Where a chain of pages stands: what the rows of table `checkpoints` hold. */
import * as z from 'zod';
import { BACKFILL_MODES, BACKFILL_STATES } from '../enumerations.ts';
import type { TimeRange } from '../time-ranges.ts';
import { json, number } from './cells.ts';
import { leaseFields } from './lease.ts';

const rangeSchema: z.ZodType<TimeRange> = z.object({ fromMs: z.number(), toMs: z.number() });

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
    /**
     * Newest `published` of the last confirmed page that held events: where a refused cursor
     * restarts (docs/okta.md, "Refused cursors").
     */
    newestPublishedMs: number.optional(),
    /** Failed runs since the last confirmed page. */
    failures: number,
  })
  .extend(counterFields.shape)
  .extend(leaseFields.shape);

export type ChainPosition = z.output<typeof chainFields>;

export const livePosition = chainFields.extend({
  /** The registration that it was started under. */
  registration: number,
  /** `since` of the chain's first request. */
  startedAtMs: number,
  cursorResets: number,
  /** Okta's time of the last poll that reached the end. */
  caughtUpAtMs: number.optional(),
  /**
   * What no poll can bring any more: Okta had dropped it before it was read (docs/okta.md,
   * "Long outages").
   */
  gaps: json(z.array(rangeSchema)).default([]),
});
export type LivePosition = z.output<typeof livePosition>;

export const slicePosition = chainFields.extend({
  backfillId: z.string(),
  /** The worker of the backfill whose slice it is. */
  worker: number,
  mode: z.enum(BACKFILL_MODES),
  fromMs: number,
  toMs: number,
  /** Read to its last page; only the folding into the ledger is left. */
  ended: z.boolean(),
  /** Okta's time of the last page. */
  readAtMs: number.optional(),
  gaps: json(z.array(rangeSchema)),
});
export type SlicePosition = z.output<typeof slicePosition>;

export const backfillLedger = z
  .object({
    backfillId: z.string(),
    generation: z.string(),
    /** The registration that it was started under. */
    registration: number,
    /** Counts the sets of orchestrations that have driven it: a stuck set is replaced by the next. */
    attempt: number,
    mode: z.enum(BACKFILL_MODES),
    state: z.enum(BACKFILL_STATES),
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
