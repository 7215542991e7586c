/**
 * What a delivery may ask for, validated with the schemas of the matching requests
 * (docs/contract.md, "Webhooks").
 */
import * as z from 'zod';
import { backfillBody } from '../backfill/request-backfill.ts';
import { connectorId, registrationBody, updateBody } from '../connectors/resource.ts';
import { OPERATION_TYPES, type OperationType } from '../enumerations.ts';
import { CONFIG_FIELD_NAMES } from '../storage/config-fields.ts';
import type { Delivery } from '../storage/deliveries.ts';
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

type Data = typeof OPERATION_DATA;

/** One alternative for each type. */
export type Operation = {
  [T in OperationType]: {
    type: T;
    connectorId: string;
    /** Validated, with its defaults. */
    data: Omit<z.output<Data[T]>, 'credential'>;
    /** What of the data is stored: as it came, without the credential. */
    body: Record<string, unknown>;
    token: Token | undefined;
  };
}[OperationType];

/** When it is none: `type` is not known, or else the field of the data that is at fault. */
export type ParsedOperation = { ok: true; operation: Operation } | { ok: false; target: string };

/** What a delivery asks for. */
export function parseOperation(type: unknown, data: unknown): ParsedOperation {
  if (!isOperationType(type)) return { ok: false, target: 'type' };
  const schema: z.ZodType<{ id: string; credential?: Token | undefined }> = OPERATION_DATA[type];
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const [field] = parsed.error.issues[0]?.path ?? [];
    return { ok: false, target: field === undefined ? 'data' : `data.${String(field)}` };
  }
  const { credential: token, ...valid } = parsed.data;
  const given = Object.entries(data as object).filter(([name]) => KEPT.includes(name));
  const body = Object.fromEntries(given);
  const operation = { type, connectorId: valid.id, data: valid, body, token } as Operation;
  return { ok: true, operation };
}

/** What a stored delivery asks for: its body was valid when it was stored. */
export function storedOperation({ type, connectorId: id, body }: Delivery): Operation {
  const parsed = parseOperation(type, { ...body, id });
  if (!parsed.ok) throw new Error(`a stored delivery is not valid: ${parsed.target}`);
  return parsed.operation;
}

const isOperationType = (type: unknown): type is OperationType =>
  (OPERATION_TYPES as readonly unknown[]).includes(type);

/** Everything that changes something, but the credential. */
const KEPT: readonly string[] = [...CONFIG_FIELD_NAMES, ...Object.keys(backfillBody.shape)];
