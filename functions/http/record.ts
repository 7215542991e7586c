/** The audit of management calls (docs/contract.md, "Audit"): each call and its result. */
import { isConnectorId } from '../../shared/connectors/resource.ts';
import { httpStatusOf, ProblemError } from '../../shared/errors.ts';
import type { Call } from './call.ts';
import { admit } from './caller.ts';
import type { RouteRole } from './contract.ts';
import type { Incoming } from './incoming.ts';

type Caller = Pick<Call, 'context' | 'services' | 'caller'>;
type Note = Call['note'];

/**
 * Returns the caller's name for the audit. Refused calls are recorded too, combined into one entry per
 * minute.
 */
export async function admitted(
  request: Incoming,
  { services }: Pick<Call, 'services'>,
  action: string,
  role: RouteRole,
): Promise<string> {
  if (role === 'none') return 'anonymous';
  if (role === 'key') return 'functionKey';
  const { caller, problem } = admit(request, services.config, role);
  if (!problem) return caller;
  const { audit, clock } = services;
  const entry = { atMs: clock.nowMs(), caller, action, ...namedConnector(request) };
  // Any client can cause refusals, in any number.
  const { code } = problem;
  await audit.countByMinute({ ...entry, result: 'refused', code }, `api_${code}`);
  throw new ProblemError(problem);
}

/** Written before the change. An entry that stays `started` belongs to an interrupted request. */
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

/**
 * The connector id in a path, if it is valid: any other text could be a token pasted by mistake.
 */
function namedConnector({ params: { id } }: Incoming): { connectorId?: string } {
  return id !== undefined && isConnectorId(id) ? { connectorId: id } : {};
}
