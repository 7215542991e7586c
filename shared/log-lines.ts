/**
 * The structured log lines: one JSON text each, starting with its kind. Alerts, the workbook and
 * customers' queries depend on them: new fields may be added, but existing fields keep their meaning
 * (docs/monitoring.md, "Log lines").
 */
import * as z from 'zod';
import { BACKFILL_STATES, STATUS_NAMES } from './enumerations.ts';

const count = z.int().min(0);
const status = z.enum(STATUS_NAMES);

export const LOG_LINES = {
  tick: z.strictObject({
    kind: z.literal('tick'),
    /** Number of connectors whose polls this tick has sent. */
    sent: count,
    /** The longest delay of a due connector; 0 below five minutes. */
    oldestOverdueSeconds: count,
  }),
  summary: z.strictObject({
    kind: z.literal('summary'),
    connectors: count,
    byStatus: z.partialRecord(status, count),
    /** The largest lag among the polling connectors. */
    maxLagSeconds: count,
    /** Sums over the chains of the present connectors: they grow until a connector is deleted. */
    events: count,
    requests: count,
    /** Okta's 429s in the present hour. */
    throttled: count,
    /** Rows of the table, up to 1,000. */
    deadLetters: count,
    /** Messages that have finally failed, in both queues. */
    poison: count,
    /** Running backfills without progress for an hour. */
    stuckBackfills: count,
    /** Rows of connectors and checkpoints that cannot be read. */
    unreadableRows: count,
  }),
  connector: z.strictObject({
    kind: z.literal('connector'),
    id: z.string(),
    status,
    reason: z.string().nullable(),
    lagSeconds: count.nullable(),
    backfill: z.enum(BACKFILL_STATES).nullable(),
    /** The time since a running backfill last made progress. */
    backfillIdleSeconds: count.nullable(),
  }),
  status: z.strictObject({
    kind: z.literal('status'),
    id: z.string(),
    /** Null the first time. */
    from: status.nullable(),
    to: status,
    reason: z.string().nullable(),
  }),
} as const;

export type LogLineKind = keyof typeof LOG_LINES;
export type LogLine = { [K in LogLineKind]: z.output<(typeof LOG_LINES)[K]> }[LogLineKind];

/** Queries identify a kind by the start of the text. */
export const logLine = ({ kind, ...fields }: LogLine): string =>
  JSON.stringify({ kind, ...fields });
