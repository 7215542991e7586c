/**
 * Schemas of replies about the status of a connector and of the app (docs/contract.md, "Status",
 * "Backfills", "Health").
 */
import * as z from 'zod';
import {
  BACKFILL_MODES,
  BACKFILL_STATES,
  GAP_REASONS,
  HEALTH_STATES,
  LIVE_STATES,
  STATUS_NAMES,
} from '../../shared/enumerations.ts';
import { check } from './connector.ts';
import { errorCode, innerError } from './error.ts';
import { time } from './shapes.ts';

const count = z.int().min(0);
const range = { from: time, to: time };

export const backfillState = z
  .object({
    id: z.string(),
    state: z.enum(BACKFILL_STATES),
    mode: z.enum(BACKFILL_MODES),
    ...range,
    percentComplete: z.number().min(0).max(100),
    events: count,
    pages: count,
    requests: count,
    missing: count.nullable().meta({ description: 'events that a verify found missing' }),
    slicesDone: count,
    slicesActive: count,
    estimatedSecondsLeft: count.nullable(),
    startedAt: time,
    endedAt: time.nullable(),
  })
  .meta({ id: 'Backfill' });

export const backfillList = z.object({ value: z.array(backfillState) });

const gap = z.object({ ...range, reason: z.enum(GAP_REASONS) });

const live = z.object({
  state: z.enum(LIVE_STATES),
  lastAttemptAt: time.nullable(),
  lastSuccessAt: time.nullable(),
  nextRunAt: time.nullable(),
  lastEventAt: time.nullable(),
  lagSeconds: count
    .nullable()
    .meta({ description: 'upper bound of the time between the org and the stored events' }),
  caughtUp: z.boolean(),
  events: count,
  pages: count,
  consecutiveFailures: count,
  cursorResets: count,
});

export const connectorStatus = z
  .object({
    id: z.string(),
    status: z.enum(STATUS_NAMES),
    statusReason: z.string().nullable(),
    since: time.nullable(),
    connectedAt: time,
    connectedBy: z.string(),
    credential: z.object({
      kind: z.literal('apiToken'),
      lastVerifiedAt: time.nullable(),
      expiresIfIdleAt: time.nullable(),
    }),
    lastHealthCheck: z.object({ at: time, ok: z.boolean(), checks: z.array(check) }).nullable(),
    live: live.nullable(),
    backfill: backfillState.nullable(),
    rateLimit: z.object({
      limit: z.int().nullable(),
      remaining: z.int().nullable(),
      resetAt: time.nullable(),
      throttledUntil: time.nullable(),
      count429Last24h: count,
    }),
    counts: z.object({
      asOf: time,
      stored: count,
      duplicatesDropped: count,
      variants: count,
      deadLettered: count,
      perDay: z.array(z.object({ date: z.iso.date(), events: count })),
    }),
    gaps: z.array(gap),
    lastError: z
      .object({
        code: errorCode,
        message: z.string(),
        remedy: z.string().nullable(),
        at: time,
        retryable: z.boolean(),
        innererror: innerError.optional(),
      })
      .nullable(),
    actionProbeAt: time
      .nullable()
      .meta({ description: 'with ActionRequired: the time of the next request to Okta' }),
    losesAfter: time
      .nullable()
      .meta({ description: 'while no poll succeeds: the time until which no event is lost' }),
  })
  .meta({ id: 'Status' });

export const summary = z
  .object({
    statusReason: z.string().nullable(),
    since: time.nullable(),
    lagSeconds: count.nullable(),
    caughtUp: z.boolean(),
    lastEventAt: time.nullable(),
    lastSuccessAt: time.nullable(),
    nextRunAt: time.nullable(),
    live: z.enum(LIVE_STATES).nullable(),
    backfill: backfillState
      .pick({ state: true, percentComplete: true, estimatedSecondsLeft: true })
      .nullable(),
    gaps: count.meta({ description: 'the number of gaps' }),
    lastError: z.object({ code: errorCode, at: time, retryable: z.boolean() }).nullable(),
  })
  .meta({ id: 'Summary' });

export const coverage = z
  .object({
    ...range,
    complete: z.array(z.object(range)),
    gaps: z.array(gap),
    wanted: z.array(z.object(range)).meta({ description: 'the ranges of backfills' }),
    open: z
      .array(z.object({ ...range, readTo: time }))
      .meta({ description: 'the slices in progress' }),
  })
  .meta({ id: 'Coverage' });

export const health = z
  .object({
    status: z.enum(HEALTH_STATES),
    checks: z.array(
      z.object({
        name: z.string(),
        ok: z.boolean(),
        lastTickSeconds: count
          .optional()
          .meta({ description: 'of `timer`: the age of the last tick of the poll timer' }),
        oldestOverdueSeconds: count.optional().meta({
          description:
            'of `timer`: how long a connector was overdue at that tick, 0 below 5 minutes',
        }),
        settings: z
          .array(z.string())
          .optional()
          .meta({ description: 'The names of the refused settings.' }),
      }),
    ),
  })
  .meta({ id: 'Health' });
