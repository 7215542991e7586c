/** A connector over HTTP: register, show, change, delete. */
import * as z from 'zod';
import { cleanUpOrRequeue } from '../shared/connectors/clean-up.ts';
import { deleteConnector } from '../shared/connectors/delete.ts';
import { register, update } from '../shared/connectors/register.ts';
import { registrationBody, updateBody } from '../shared/connectors/resource.ts';
import { type ErrorCode, OKTA_ERRORS } from '../shared/errors.ts';
import { CONNECTOR_ID_INVALID } from '../shared/problems.ts';
import { CONNECTOR, connectorReply } from './http/connector-reply.ts';
import { flag } from './http/query-parameters.ts';
import { route } from './http/route.ts';
import { changeRequest, connectorOf, orRefused } from './http/target.ts';
import { connectorUrl } from './http/urls.ts';

/** Errors of a request that probes an org. */
const ORG_ERRORS: readonly ErrorCode[] = [
  ...(['InvalidDomain', 'AdminDomain', 'DomainNotAllowed', 'OrgMismatch'] as const),
  ...OKTA_ERRORS,
  'VaultUnavailable',
];
/** Time budget for clean-up within the DELETE request; the rest gets a queue message. */
const CLEAN_UP_BUDGET_MS = 3_000;

route('connector-put', {
  method: 'PUT',
  path: 'api/connectors/{id}',
  role: 'Admin',
  durable: true,
  action: 'connector.put',
  summary: 'Register a connector, or replace its configuration',
  conditions: ['If-Match', 'If-None-Match'],
  body: registrationBody,
  example: {
    displayName: 'Contoso Okta',
    domain: 'contoso.okta.com',
    credential: { kind: 'apiToken', token: '00exampleOfATokenFromOkta' },
    backfillDays: 60,
    pollIntervalSeconds: 60,
  },
  replies: {
    200: { description: 'Replaced, or nothing to change.', ...CONNECTOR },
    201: {
      description: 'Created.',
      ...CONNECTOR,
      headers: { ...CONNECTOR.headers, Location: 'Its URL.' },
    },
  },
  errors: [...ORG_ERRORS, 'OrgAlreadyConnected', 'ConnectorDeleting'],
  handle: async (request, { context, services, caller, body }) => {
    const change = changeRequest(request, caller, CONNECTOR_ID_INVALID);
    const result = await register(services, change, body);
    const { kind, connector, unfinished } = orRefused(result);
    if (unfinished) context.warn(`the registration of ${connector.id} continues later`, unfinished);
    const reply = await connectorReply(services, connector);
    if (kind !== 'created') return reply;
    const Location = connectorUrl(services.config, connector.id);
    return { ...reply, status: 201 as const, headers: { ...reply.headers, Location } };
  },
});

route('connector-patch', {
  method: 'PATCH',
  path: 'api/connectors/{id}',
  role: 'Admin',
  durable: true,
  action: 'connector.patch',
  summary: 'Change some fields (a merge patch); a new domain or credential is probed first',
  conditions: ['If-Match'],
  body: updateBody,
  example: { displayName: 'Contoso', pollIntervalSeconds: 120 },
  replies: { 200: { description: 'Changed, or nothing to change.', ...CONNECTOR } },
  errors: ORG_ERRORS,
  handle: async (request, { context, services, caller, body }) => {
    const change = changeRequest(request, caller);
    const result = await update(services, change, body);
    const { connector, unfinished } = orRefused(result);
    if (unfinished) context.warn(`the change of ${connector.id} continues later`, unfinished);
    return await connectorReply(services, connector);
  },
});

route('connector-delete', {
  method: 'DELETE',
  path: 'api/connectors/{id}',
  role: 'Admin',
  action: 'connector.delete',
  summary: 'Delete a connector, with its events when purgeEvents is true',
  conditions: ['If-Match'],
  query: z.object({ purgeEvents: flag }),
  replies: { 204: { description: 'Deleted, or no such connector.' } },
  handle: async (request, { context, services, caller, note, query: { purgeEvents: purge } }) => {
    const change = changeRequest(request, caller);
    orRefused(await deleteConnector(services, change, purge));
    if (purge) note('purgeEvents');
    // The connector is deleted already: housekeeping finishes the clean-up after a failure.
    await cleanUpOrRequeue(services, change.id, CLEAN_UP_BUDGET_MS).catch((error: unknown) =>
      context.warn(`the clean-up of ${change.id} continues later`, error),
    );
    return { status: 204 as const };
  },
});

route('connector-get', {
  method: 'GET',
  path: 'api/connectors/{id}',
  role: 'Reader',
  summary: 'Show a connector',
  replies: { 200: { description: 'The connector, without its credential.', ...CONNECTOR } },
  handle: async (request, { services }) => {
    return await connectorReply(services, await connectorOf(services, request.params.id));
  },
});
