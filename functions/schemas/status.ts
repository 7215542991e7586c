/**
 * The status of a connector and of the app, for the OpenAPI document (docs/contract.md, "Status",
 * "Backfills", "Health").
 */
import * as z from 'zod';
import { check, STATUS_WORDS } from './connector.ts';
import { errorCode, innerError } from './error.ts';
import { time } from './shapes.ts';

const count = z.int().min(0);
const range = { from: time, to: time };

export const backfillState = z
  .object({
    id: z.string(),
    state: z.enum(['NotStarted', 'Running', 'Succeeded', 'Failed', 'Canceled']),
    mode: z.enum(['fill', 'verify']),
    ...range,
    percentComplete: z.number().min(0).max(100),
    events: count,
    pages: count,
    requests: count,
    missing: count.nullable().meta({ description: 'what a verify had to add' }),
    slicesDone: count,
    slicesActive: count,
    estimatedSecondsLeft: count.nullable(),
    startedAt: time,
    endedAt: time.nullable(),
  })
  .meta({ id: 'Backfill' });

export const backfillList = z.object({ value: z.array(backfillState) });

const gap = z.object({ ...range, reason: z.enum(['retention', 'outage']) });

const live = z.object({
  state: z.enum(['idle', 'running', 'throttled', 'backingOff', 'stopped']),
  lastAttemptAt: time.nullable(),
  lastSuccessAt: time.nullable(),
  nextRunAt: time.nullable(),
  lastEventAt: time.nullable(),
  lagSeconds: count.nullable().meta({ description: 'how far behind the events can be' }),
  caughtUp: z.boolean(),
  events: count,
  pages: count,
  consecutiveFailures: count,
  cursorResets: count,
});

export const connectorStatus = z
  .object({
    id: z.string(),
    status: z.enum(STATUS_WORDS),
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
  })
  .meta({ id: 'Status' });

export const coverage = z
  .object({ ...range, complete: z.array(z.object(range)), gaps: z.array(gap) })
  .meta({ id: 'Coverage' });

export const health = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean() })),
  })
  .meta({ id: 'Health' });
