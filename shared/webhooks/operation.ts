/** What a delivery may ask for, validated with the schemas of the matching requests (api.md §6). */
import { z } from 'zod';
import { backfillBody } from '../backfill/request.ts';
import { isConnectorId, registrationBody, updateBody } from '../connectors/connector.ts';
import type { Token } from '../token.ts';

const id = z.string().refine(isConnectorId);
const idOnly = z.strictObject({ id });

/** `data` of each type: the connector's id and the body of the request that it stands for. */
const DATA = {
  'connector.register': named(registrationBody),
  'connector.update': named(updateBody),
  'connector.backfill': named(backfillBody),
  'connector.disable': idOnly.transform(({ id }) => ({ id, body: {} })),
  'connector.enable': idOnly.transform(({ id }) => ({ id, body: {} })),
  'connector.delete': idOnly.transform(({ id }) => ({ id, body: {} })),
};

export const OPERATION_TYPES = Object.keys(DATA) as OperationType[];
export type OperationType = keyof typeof DATA;

/** The id beside the body, each checked by its own schema. */
function named<T extends z.ZodType>(body: T) {
  return z.looseObject({ id }).transform(({ id, ...rest }, context) => {
    const parsed = body.safeParse(rest);
    if (parsed.success) return { id, body: parsed.data as z.output<T> };
    for (const { path } of parsed.error.issues)
      context.addIssue({ code: 'custom', path, message: 'not allowed' });
    return z.NEVER;
  });
}

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
  const schema = OPERATION_TYPES.includes(type as OperationType) && DATA[type as OperationType];
  if (!schema) return { ok: false, target: 'type' };
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const [field] = parsed.error.issues[0]?.path ?? [];
    return { ok: false, target: field === undefined ? 'data' : `data.${String(field)}` };
  }
  const { id: connectorId, body: checked } = parsed.data;
  const { credential: token } = checked as { credential?: Token };
  const given = Object.entries(data as object).filter(([name]) => KEPT.includes(name));
  const body = Object.fromEntries(given);
  return { ok: true, operation: { type: type as OperationType, connectorId, body, token } };
}

/** What is kept of the data as it came: everything that changes something, but the credential. */
const KEPT = ['displayName', 'domain', 'backfillDays', 'pollIntervalSeconds', 'from', 'to', 'mode'];
