/**
 * Schemas of replies about events, runs, dead letters and the audit (docs/contract.md, "Events", "Runs
 * and dead letters", "Audit").
 */
import * as z from 'zod';
import { AUDIT_RESULTS, CHAIN_KINDS, RUN_RESULTS } from '../../shared/enumerations.ts';
import { errorCode, innerError } from './error.ts';
import { listOf, time } from './shapes.ts';

/** Okta's types are not guaranteed (docs/okta.md, "Shape of an event"). */
const given = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const event = z
  .object({
    uuid: z.string(),
    published: time,
    storedAt: time,
    source: z.enum(CHAIN_KINDS),
    eventType: given,
    displayMessage: given,
    severity: given,
    outcome: z.object({ result: given, reason: given }),
    actor: z.object({ id: given, type: given, alternateId: given, displayName: given }),
    client: z.object({ ipAddress: given, country: given, city: given, userAgent: given }),
    targets: z.array(z.object({ id: given, type: given, displayName: given })),
    raw: z.looseObject({}).meta({ description: 'the JSON text exactly as Okta sent it' }),
  })
  .meta({ id: 'Event' });

export const eventList = listOf(event).extend({
  scannedTo: time.nullable().meta({
    description: 'the time back to which this page has searched; null when no event is stored',
  }),
});

export const runList = listOf(
  z
    .object({
      startedAt: time,
      endedAt: time,
      kind: z.enum(CHAIN_KINDS),
      result: z.enum(RUN_RESULTS),
      events: z.int(),
      pages: z.int(),
      error: z
        .object({
          code: errorCode,
          message: z.string(),
          remedy: z.string().optional(),
          retryable: z.boolean(),
          innererror: innerError.optional(),
        })
        .optional(),
    })
    .meta({ id: 'Run' }),
);

export const deadLetterList = listOf(
  z
    .object({ at: time, reason: z.string(), uuid: z.string().optional(), raw: z.unknown() })
    .meta({ id: 'DeadLetter' }),
);

export const auditList = listOf(
  z
    .object({
      at: time,
      caller: z.string(),
      action: z.string(),
      connectorId: z.string().optional(),
      result: z.enum(AUDIT_RESULTS),
      code: errorCode.optional(),
      detail: z.string().optional(),
    })
    .meta({ id: 'AuditEntry' }),
);
