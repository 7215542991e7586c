/** Connectors over HTTP: register, show, list, change, delete. */
import type { HttpResponseInit } from '@azure/functions';
import {
  etagOf,
  FIELD_RULES,
  isConnectorId,
  registrationBody,
  resourceOf,
  updateBody,
} from '../shared/connectors/connector.ts';
import { readStatusWord } from '../shared/connectors/read-status.ts';
import { register, update } from '../shared/connectors/register.ts';
import { clearAway, removeConnector } from '../shared/connectors/remove.ts';
import { ProblemError } from '../shared/errors.ts';
import { getServices, type Services } from '../shared/services.ts';
import type { Connector } from '../shared/storage/connectors.ts';
import { readBody } from './http/body.ts';
import { changeRequest, connectorOf, orRefused } from './http/connector.ts';
import { durableOrchestrations } from './http/orchestrations.ts';
import { flag, nextLink, pageSize, query } from './http/query.ts';
import { route } from './http/route.ts';

/** How long a delete clears away before it answers; the rest goes on behind. */
const CLEARING_BUDGET_MS = 3_000;
const PARALLEL_READS = 16;

route('connector-put', {
  method: 'PUT',
  path: 'api/connectors/{id}',
  role: 'Admin',
  durable: true,
  action: 'connector.put',
  handle: async (request, { context, caller }) => {
    if (!isConnectorId(request.params.id ?? '')) {
      throw new ProblemError({
        code: 'InvalidRequest',
        message: 'The id of a connector cannot be this.',
        target: 'id',
        remedy: 'Use 1 to 40 lower-case letters, digits and hyphens, no hyphen first or last.',
      });
    }
    const services = getServices();
    const body = await readBody(request, registrationBody, FIELD_RULES);
    const change = changeRequest(request, caller);
    const result = await register(services, durableOrchestrations(context), change, body);
    const { kind, connector } = orRefused(result);
    const reply = await connectorReply(services, connector);
    if (kind !== 'created') return reply;
    const Location = `${services.config.publicOrigin}/api/connectors/${connector.id}`;
    return { ...reply, status: 201, headers: { ...reply.headers, Location } };
  },
});

route('connector-patch', {
  method: 'PATCH',
  path: 'api/connectors/{id}',
  role: 'Admin',
  durable: true,
  action: 'connector.patch',
  handle: async (request, { context, caller }) => {
    const services = getServices();
    const change = changeRequest(request, caller);
    const body = await readBody(request, updateBody, FIELD_RULES, ['application/merge-patch+json']);
    const result = await update(services, durableOrchestrations(context), change, body);
    return await connectorReply(services, orRefused(result).connector);
  },
});

route('connector-delete', {
  method: 'DELETE',
  path: 'api/connectors/{id}',
  role: 'Admin',
  action: 'connector.delete',
  handle: async (request, { context, caller, note }) => {
    const services = getServices();
    const purge = flag(request, 'purgeEvents');
    const change = changeRequest(request, caller);
    orRefused(await removeConnector(services, change, purge));
    if (purge) note('purgeEvents');
    const stopAtMs = services.clock.nowMs() + CLEARING_BUDGET_MS;
    try {
      const stored = await services.connectors.get(change.id);
      const cleared =
        stored?.connector.state !== 'deleted' ||
        (await clearAway(services, stored, () => services.clock.nowMs() >= stopAtMs));
      if (!cleared) await services.workQueue.send({ kind: 'clearAway', connectorId: change.id });
    } catch (error) {
      // It is deleted; what is left is cleared away by housekeeping.
      context.warn(`clearing away ${change.id} goes on later`, error);
    }
    return { status: 204 };
  },
});

route('connector-get', {
  method: 'GET',
  path: 'api/connectors/{id}',
  role: 'Reader',
  handle: async (request) => {
    const services = getServices();
    return await connectorReply(services, await connectorOf(services, request.params.id));
  },
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
    const value: ReturnType<typeof resourceOf>[] = [];
    for await (const some of inChunks(visible(services, after), PARALLEL_READS)) {
      const resources = await Promise.all(
        some.map(async (one) => resourceOf(one, await readStatusWord(services, one))),
      );
      value.push(...resources.filter(({ status }) => !wanted || status.toLowerCase() === wanted));
      if (value.length > top) break;
    }
    const page = value.slice(0, top);
    const last = value.length > top ? page.at(-1) : undefined;
    const link = last && nextLink(request, services.config, { after: last.id });
    return { jsonBody: { value: page, ...(link ? { nextLink: link } : {}) } };
  },
});

async function* visible({ connectors }: Services, after: string): AsyncGenerator<Connector> {
  for await (const { connector } of connectors.list())
    if (connector.state !== 'deleted' && connector.id > after) yield connector;
}

async function* inChunks<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function connectorReply(services: Services, connector: Connector): Promise<HttpResponseInit> {
  const status = await readStatusWord(services, connector);
  return { jsonBody: resourceOf(connector, status), headers: { ETag: etagOf(connector) } };
}
