/**
 * The operations of deliveries, validated with the schemas of the matching requests
 * (docs/contract.md, "Webhooks").
 */
import * as z from 'zod';
import { backfillBody } from '../backfill/request-backfill.ts';
import { connectorId, registrationBody, updateBody } from '../connectors/resource.ts';
import { OPERATION_TYPES, type OperationType } from '../enumerations.ts';
import { unknownFieldPath } from '../field-path.ts';
import { CONFIG_FIELD_NAMES } from '../storage/config-fields.ts';
import type { Delivery } from '../storage/deliveries.ts';
import type { Token } from '../token.ts';

const idOnly = z.strictObject({ id: connectorId });

/** `data` of each type: the connector's id and the body of the matching request. */
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
    /** The validated data, with defaults. */
    data: Omit<z.output<Data[T]>, 'credential'>;
    /** The data to store: as received, without the credential. */
    body: Record<string, unknown>;
    token: Token | undefined;
  };
}[OperationType];

/** The field at fault: `type` when the type is unknown, otherwise the invalid field of the data. */
export type ParsedOperation = { ok: true; operation: Operation } | { ok: false; target: string };

/** Parses the operation of a delivery. */
export function parseOperation(type: unknown, data: unknown): ParsedOperation {
  if (!isOperationType(type)) return { ok: false, target: 'type' };
  const schema: z.ZodType<{ id: string; credential?: Token | undefined }> = OPERATION_DATA[type];
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    return { ok: false, target: targetOf(parsed.error.issues[0]) };
  }
  const { credential: token, ...valid } = parsed.data;
  const given = Object.entries(data as object).filter(([name]) => KEPT.includes(name));
  const body = Object.fromEntries(given);
  const operation = { type, connectorId: valid.id, data: valid, body, token } as Operation;
  return { ok: true, operation };
}

function targetOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys')
    return unknownFieldPath(['data', ...issue.path], issue.keys[0]) ?? 'data';
  const [field] = issue?.path ?? [];
  return field === undefined ? 'data' : `data.${String(field)}`;
}

/** The operation of a stored delivery, which was validated before it was stored. */
export function storedOperation({ type, connectorId: id, body }: Delivery): Operation {
  const parsed = parseOperation(type, { ...body, id });
  if (!parsed.ok) throw new Error(`a stored delivery is not valid: ${parsed.target}`);
  return parsed.operation;
}

const isOperationType = (type: unknown): type is OperationType =>
  (OPERATION_TYPES as readonly unknown[]).includes(type);

/** The data without the credential. */
const KEPT: readonly string[] = [...CONFIG_FIELD_NAMES, ...Object.keys(backfillBody.shape)];
