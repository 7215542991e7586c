/**
 * What a delivery may ask for, validated with the schemas of the matching requests
 * (docs/contract.md, "Webhooks").
 */
import * as z from 'zod';
import { backfillBody } from '../backfill/request-backfill.ts';
import { connectorId, registrationBody, updateBody } from '../connectors/resource.ts';
import { OPERATION_TYPES, type OperationType } from '../enumerations.ts';
import type { Token } from '../token.ts';

const idOnly = z.strictObject({ id: connectorId });

/** `data` of each type: the connector's id beside the body of the request that it stands for. */
export const OPERATION_DATA = {
  'connector.register': registrationBody.extend({ id: connectorId }),
  'connector.update': updateBody.extend({ id: connectorId }),
  'connector.backfill': backfillBody.extend({ id: connectorId }),
  'connector.disable': idOnly,
  'connector.enable': idOnly,
  'connector.delete': idOnly,
} satisfies Record<OperationType, z.ZodType>;

export interface Operation {
  type: OperationType;
  connectorId: string;
  /** Validated, as it came, without the credential: this is stored. */
  body: Record<string, unknown>;
  token: Token | undefined;
}

/** Undefined when the type is not known, or the data is not what it wants; `target` says which. */
export function parseOperation(
  type: unknown,
  data: unknown,
): { ok: true; operation: Operation } | { ok: false; target: string } {
  if (!OPERATION_TYPES.includes(type as OperationType)) return { ok: false, target: 'type' };
  const schema: z.ZodType<{ id: string; credential?: Token | undefined }> =
    OPERATION_DATA[type as OperationType];
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const [field] = parsed.error.issues[0]?.path ?? [];
    return { ok: false, target: field === undefined ? 'data' : `data.${String(field)}` };
  }
  const { id, credential: token } = parsed.data;
  const given = Object.entries(data as object).filter(([name]) => KEPT.includes(name));
  const body = Object.fromEntries(given);
  return { ok: true, operation: { type: type as OperationType, connectorId: id, body, token } };
}

/** What is kept of the data as it came: everything that changes something, but the credential. */
const KEPT = ['displayName', 'domain', 'backfillDays', 'pollIntervalSeconds', 'from', 'to', 'mode'];
