/** The connector in a route's path, and the requested change. */
import type { ChangeRequest } from '../../shared/connectors/change-request.ts';
import { preconditionProblem } from '../../shared/connectors/preconditions.ts';
import { isConnectorId } from '../../shared/connectors/resource.ts';
import { type Problem, ProblemError } from '../../shared/errors.ts';
import { CONNECTOR_NOT_FOUND } from '../../shared/problems.ts';
import type { Result } from '../../shared/result.ts';
import type { Services } from '../../shared/services.ts';
import type { Connector } from '../../shared/storage/connectors.ts';
import type { Incoming } from './incoming.ts';

/**
 * Throws `ConnectorNotFound`, also for a deleted connector; a connector still registering is found.
 */
export async function connectorOf(services: Services, id: string | undefined): Promise<Connector> {
  const key = validId(id, CONNECTOR_NOT_FOUND);
  const read = () => services.connectors.get(key);
  const stored = await services.reads.share(`connector ${key}`, read);
  if (stored && stored.connector.state !== 'deleted') return stored.connector;
  throw new ProblemError(CONNECTOR_NOT_FOUND);
}

/** For actions: `If-Match` is evaluated, also for a missing connector. */
export async function connectorToActOn(
  services: Services,
  request: ChangeRequest,
): Promise<Connector> {
  const problem = preconditionProblem(request, await services.connectors.get(request.id));
  if (problem) throw new ProblemError(problem);
  return await connectorOf(services, request.id);
}

/** `otherwise` is the problem of an invalid id. */
export const changeRequest = (
  request: Incoming,
  caller: string,
  otherwise = CONNECTOR_NOT_FOUND,
): ChangeRequest => ({
  id: validId(request.params.id, otherwise),
  caller,
  ifMatch: request.headers.get('if-match') ?? undefined,
  ifNoneMatch: request.headers.get('if-none-match') ?? undefined,
});

function validId(id = '', otherwise: Problem): string {
  if (isConnectorId(id)) return id;
  throw new ProblemError(otherwise);
}

/** The value of a change; throws the problem of a refused change. */
export function orRefused<T>(result: Result<T>): T {
  if (!result.ok) throw new ProblemError(result.problem);
  return result.value;
}
