/** The rows of table `checkpoints`: the positions of chains, and the ledgers of backfills. */
import * as z from 'zod';
import { BACKFILL_MODES, BACKFILL_STATES } from '../enumerations.ts';
import type { TimeRange } from '../time-ranges.ts';
import { json, keepingOthers, number, word } from './cells.ts';
import { leaseFields } from './lease.ts';

const rangeSchema: z.ZodType<TimeRange> = z.object({ fromMs: z.number(), toMs: z.number() });

/** The sums of the confirmed pages. */
const counterFields = z.object({
  events: number,
  pages: number,
  requests: number,
  /** How often a page contained an event that was already stored. */
  duplicates: number,
  /** The number of duplicates with other bytes. */
  variants: number,
});
export type Counters = z.output<typeof counterFields>;
export const NO_COUNTS: Counters = { events: 0, pages: 0, requests: 0, duplicates: 0, variants: 0 };

const chainFields = z
  .object({
    generation: z.string(),
    /** The URL of the next page: Okta's own link, or the first URL of the chain. */
    nextUrl: z.string(),
    /**
     * Newest `published` of the last confirmed page with events: a refused cursor restarts there
     * (docs/okta.md, "Refused cursors").
     */
    newestPublishedMs: number.optional(),
    /** Failed runs since the last confirmed page. */
    failures: number,
  })
  .extend(counterFields.shape)
  .extend(leaseFields.shape);

export type ChainPosition = z.output<typeof chainFields>;

const liveFields = chainFields.extend({
  /** The registration under which the chain was started. */
  registration: number,
  /** `since` of the chain's first request. */
  startedAtMs: number,
  cursorResets: number,
  /** `since` of the last restart, after a refused cursor or a rewind. */
  resetSinceMs: number.optional(),
  /** The start of the time with smaller pages, by Okta's clock. */
  smallerPagesAtMs: number.optional(),
  /** Okta's time of the last poll that reached the end. */
  caughtUpAtMs: number.optional(),
  /**
   * Ranges that no poll can return any more, because Okta dropped them before they were read
   * (docs/okta.md, "Long outages").
   */
  gaps: json(z.array(rangeSchema)).default([]),
});
export const livePosition = keepingOthers(liveFields);
export type LivePosition = z.output<typeof livePosition>;

/** The learned widths of queries (`backfill/width-lessons.ts`), in milliseconds. */
const widthFields = {
  answeredWidthMs: number.optional(),
  failedWidthMs: number.optional(),
};

const sliceFields = chainFields.extend({
  backfillId: z.string(),
  /** The worker of the slice. */
  worker: number,
  mode: word(BACKFILL_MODES),
  fromMs: number,
  toMs: number,
  /** The slice was read to its last page, and only needs to be folded into the ledger. */
  ended: z.boolean(),
  /** Pages without an event in a row. */
  emptyPages: number.optional(),
  /** Okta's time of the last page. */
  readAtMs: number.optional(),
  gaps: json(z.array(rangeSchema)),
  /** Ranges that were set aside: Okta fails on them with any width and page size. */
  unreadable: json(z.array(rangeSchema)).default([]),
  /** The slice retries a range that was set aside. */
  again: z.boolean().optional(),
  /** The time of the first failure since the last confirmed page, by the storage's clock. */
  failingSinceMs: number.optional(),
  /** A failed slice is not read before this time, by the storage's clock. */
  retryAtMs: number.optional(),
  /** Smaller pages have not helped: only narrower slices can help. */
  smallPagesFailed: z.boolean().optional(),
  ...widthFields,
});
export const slicePosition = keepingOthers(sliceFields);
export type SlicePosition = z.output<typeof slicePosition>;

const ledgerFields = z
  .object({
    backfillId: z.string(),
    generation: z.string(),
    /** The registration under which the backfill was started. */
    registration: number,
    /** Counts the sets of workers: a set without progress is replaced by the next. */
    attempt: number,
    mode: word(BACKFILL_MODES),
    state: word(BACKFILL_STATES),
    fromMs: number,
    toMs: number,
    /** The two frontiers: the time between them is not planned yet. */
    lowMs: number,
    highMs: number,
    /** Ranges that were read to the last page, merged and in order. */
    finished: json(z.array(rangeSchema)),
    /** Ranges that Okta dropped before they were read. */
    gaps: json(z.array(rangeSchema)),
    /**
     * Ranges that were set aside, as in the slices. They are retried at the end, and then once a day.
     */
    unreadable: json(z.array(rangeSchema)).default([]),
    /**
     * The last retry of the ranges that were set aside, by the storage's clock. Absent before the first
     * retry of each round.
     */
    retriedAtMs: number.optional(),
    ...widthFields,
    slicesDone: number,
    /** Okta's time of the latest page of any finished slice. */
    readAtMs: number.optional(),
    /** The events that a `verify` found missing. */
    missing: number.optional(),
    /** The last finished slice: its width and number of events determine the width of the next. */
    lastWidthMs: number.optional(),
    lastEvents: number.optional(),
    startedAtMs: number,
    endedAtMs: number.optional(),
    /** The backfill restores lost rows: ranges that counted as complete there no longer count. */
    restores: z.boolean().optional(),
    /** The webhook delivery that requested the backfill: a repeated delivery starts no other. */
    requestedBy: z.string().optional(),
  })
  .extend(counterFields.shape);
export const backfillLedger = keepingOthers(ledgerFields);
export type BackfillLedger = z.output<typeof backfillLedger>;

/** Whether a live chain or a backfill belongs to the connector's present registration. */
export const isOfRegistration = (
  one: Pick<LivePosition, 'generation' | 'registration'>,
  now: Pick<LivePosition, 'generation' | 'registration'>,
): boolean => one.generation === now.generation && one.registration === now.registration;
