/** The connector that a route names. */

import { isConnectorId } from '../../shared/connectors/connector.ts';
import { ProblemError } from '../../shared/errors.ts';
import type { Services } from '../../shared/services.ts';
import type { Connector } from '../../shared/storage/connectors.ts';

/** Throws `ConnectorNotFound`; a connector still registering is there, a deleted one is not. */
export async function connectorOf(services: Services, id: string): Promise<Connector> {
  const stored = isConnectorId(id) ? await services.connectors.get(id) : undefined;
  if (stored && stored.connector.state !== 'deleted') return stored.connector;
  throw new ProblemError({
    code: 'ConnectorNotFound',
    message: 'There is no connector with this id.',
    remedy: 'Check the id in the list of connectors (GET /api/connectors).',
  });
}
