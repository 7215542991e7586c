/** The reply that shows a connector. */
import { etagOf, resourceOf } from '../../shared/connectors/resource.ts';
import type { Services } from '../../shared/services.ts';
import { readStatusName } from '../../shared/status/read-status.ts';
import type { Connector } from '../../shared/storage/connectors.ts';
import { connectorResource } from '../schemas/connector.ts';

/** The part of a route's contract that all replies with a connector share. */
export const CONNECTOR = {
  schema: connectorResource,
  headers: { ETag: 'The revision of its configuration.' },
};

export async function connectorReply(services: Services, connector: Connector) {
  const status = await readStatusName(services, connector);
  return { jsonBody: resourceOf(connector, status), headers: { ETag: etagOf(connector) } };
}
