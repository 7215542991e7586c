/** Schemas of replies about connectors (docs/contract.md, "Connectors"). */
import * as z from 'zod';
import { connectorId } from '../../shared/connectors/resource.ts';
import { CHECK_NAMES, STATUS_NAMES } from '../../shared/enumerations.ts';
import { configShape } from '../../shared/storage/config-fields.ts';
import { errorCode } from './error.ts';
import { time } from './shapes.ts';

export const connectorResource = z
  .object({
    id: connectorId,
    ...configShape('reply'),
    orgId: z.string().nullable(),
    orgUrl: z.string().nullable(),
    credential: z.object({ kind: z.literal('apiToken'), updatedAt: time.nullable() }),
    status: z.enum(STATUS_NAMES),
    enabled: z.boolean(),
    createdAt: time,
    createdBy: z.string(),
    updatedAt: time,
    updatedBy: z.string(),
  })
  .meta({ id: 'Connector' });

export const check = z.object({
  name: z.enum(CHECK_NAMES),
  ok: z.boolean(),
  durationMs: z.number(),
  error: z.object({ code: errorCode, message: z.string(), remedy: z.string() }).optional(),
});

export const testResult = z
  .object({ ok: z.boolean(), checks: z.array(check) })
  .meta({ id: 'TestResult' });

export const accepted = z.object({ statusUrl: z.url() }).meta({ id: 'Accepted' });
