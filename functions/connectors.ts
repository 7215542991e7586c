/** Connectors over HTTP: register, show, list. */
import type { HttpResponseInit } from '@azure/functions';
import {
  etagOf,
  FIELD_RULES,
  isConnectorId,
  registrationBody,
  resourceOf,
} from '../shared/connectors/connector.ts';
import { readStatusWord } from '../shared/connectors/read-status.ts';
import { register } from '../shared/connectors/register.ts';
import { ProblemError } from '../shared/errors.ts';
import { getServices } from '../shared/services.ts';
import { readBody } from './http/body.ts';
import { connectorOf } from './http/connector.ts';
import { durableOrchestrations } from './http/orchestrations.ts';
import { nextLink, pageSize, query } from './http/query.ts';
import { problemReply, route } from './http/route.ts';

route('connector-put', {
  method: 'PUT',
  path: 'api/connectors/{id}',
  role: 'Admin',
  durable: true,
  handle: async (request, context, caller) => {
    const id = request.params.id ?? '';
    if (!isConnectorId(id)) {
      throw new ProblemError({
        code: 'InvalidRequest',
        message: 'The id of a connector cannot be this.',
        target: 'id',
        remedy: 'Use 1 to 40 lower-case letters, digits and hyphens, no hyphen first or last.',
      });
    }
    const services = getServices();
    const result = await register(services, durableOrchestrations(context), {
      id,
      body: await readBody(request, registrationBody, FIELD_RULES),
      caller,
      ifMatch: request.headers.get('if-match') ?? undefined,
      ifNoneMatch: request.headers.get('if-none-match') ?? undefined,
    });
    if (result.kind === 'problem') return problemReply(result.problem);
    await services.pollQueue.send({ connectorId: id });
    return {
      ...(await connectorReply(id)),
      status: result.kind === 'created' ? 201 : 200,
    };
  },
});

route('connector-get', {
  method: 'GET',
  path: 'api/connectors/{id}',
  role: 'Reader',
  handle: (request) => connectorReply(request.params.id ?? ''),
});

route('connector-list', {
  method: 'GET',
  path: 'api/connectors',
  role: 'Reader',
  handle: async (request) => {
    const services = getServices();
    const top = pageSize(request, { max: 200, unset: 100 });
    const wanted = query(request, 'status')?.toLowerCase();
    const after = query(request, 'after') ?? '';
    const value = [];
    let more = false;
    for await (const { connector } of services.connectors.list()) {
      if (connector.state === 'deleted' || connector.id <= after) continue;
      const status = await readStatusWord(services, connector);
      if (wanted !== undefined && status.toLowerCase() !== wanted) continue;
      more = value.length === top;
      if (more) break;
      value.push(resourceOf(connector, status));
    }
    const last = value.at(-1);
    const link = more && last ? nextLink(request, services.config, { after: last.id }) : undefined;
    return { jsonBody: { value, ...(link ? { nextLink: link } : {}) } };
  },
});

async function connectorReply(id: string): Promise<HttpResponseInit> {
  const services = getServices();
  const connector = await connectorOf(services, id);
  const status = await readStatusWord(services, connector);
  return { jsonBody: resourceOf(connector, status), headers: { ETag: etagOf(connector) } };
}
