/** The status of a connector over HTTP. */
import { readStatus } from '../shared/connectors/read-status.ts';
import { getServices } from '../shared/services.ts';
import { connectorOf } from './http/connector.ts';
import { route } from './http/route.ts';

route('connector-status', {
  method: 'GET',
  path: 'api/connectors/{id}/status',
  role: 'Reader',
  handle: async (request) => {
    const services = getServices();
    const connector = await connectorOf(services, request.params.id);
    return { jsonBody: await readStatus(services, connector) };
  },
});
