/** The record of management calls (docs/contract.md, "Audit"): what was asked for, and what came of it. */
import { isConnectorId } from '../../shared/connectors/resource.ts';
import { httpStatusOf, ProblemError } from '../../shared/errors.ts';
import type { Call } from './call.ts';
import { admit } from './caller.ts';
import type { RouteRole } from './contract.ts';
import type { Incoming } from './incoming.ts';

type Caller = Pick<Call, 'context' | 'services' | 'caller'>;
type Note = Call['note'];

/** The caller, as the record names them. A refusal is recorded, whatever it was that was refused. */
export async function admitted(
  request: Incoming,
  { context, services }: Pick<Call, 'context' | 'services'>,
  action: string,
  role: RouteRole,
): Promise<string> {
  if (role === 'none') return 'anonymous';
  if (role === 'key') return 'functionKey';
  const { caller, problem } = admit(request, services.config, role);
  if (!problem) return caller;
  const { audit, clock } = services;
  const entry = { atMs: clock.nowMs(), caller, action, ...namedConnector(request) };
  await audit.record({ ...entry, result: 'refused', code: problem.code }, context.invocationId);
  throw new ProblemError(problem);
}

/** The record is there before the change; one that stays `started` was cut off. */
export async function recorded<T>(
  request: Incoming,
  { context, services, caller }: Caller,
  action: string,
  handle: (call: Caller & { note: Note }) => Promise<T>,
): Promise<T> {
  const { audit, clock } = services;
  const entry = { atMs: clock.nowMs(), caller, action, ...namedConnector(request) };
  const key = await audit.begin(entry, context.invocationId);
  let noted: { detail?: string; connectorId?: string | undefined } = {};
  const note: Note = (detail, connectorId) => {
    noted = { detail, ...(connectorId ? { connectorId } : {}) };
  };
  let reply: T;
  try {
    reply = await handle({ context, services, caller, note });
  } catch (error) {
    const code = error instanceof ProblemError ? error.problem.code : 'InternalError';
    const result = httpStatusOf(code) < 500 ? 'refused' : 'failed';
    await audit.complete(key, { result, code, ...noted });
    throw error;
  }
  await audit.complete(key, { result: 'ok', ...noted });
  return reply;
}

/** The connector that a path names, where it can be one: anything else may be a mistaken paste. */
function namedConnector({ params: { id } }: Incoming): { connectorId?: string } {
  return id !== undefined && isConnectorId(id) ? { connectorId: id } : {};
}
