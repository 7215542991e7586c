/** Actions on a connector over HTTP: test, disable, enable, poll now, rewind. */
import { disable, enable } from '../shared/connectors/enable-disable.ts';
import { pollNow } from '../shared/connectors/resume-polling.ts';
import { rewind, rewindBody } from '../shared/connectors/rewind.ts';
import { testConnector } from '../shared/connectors/test-connector.ts';
import { OKTA_ERRORS, ProblemError } from '../shared/errors.ts';
import { isoTime } from '../shared/iso-time.ts';
import { CONNECTOR_DISABLED } from '../shared/problems.ts';
import { CONNECTOR, connectorReply } from './http/connector-reply.ts';
import { route } from './http/route.ts';
import { changeRequest, connectorToActOn, orRefused } from './http/target.ts';
import { backfillUrl, statusUrl } from './http/urls.ts';
import { accepted, testResult } from './schemas/connector.ts';

route('connector-test', {
  method: 'POST',
  path: 'api/connectors/{id}/test',
  role: 'Operator',
  action: 'connector.test',
  summary: 'Test each step between this app and the log of the org',
  conditions: ['If-Match'],
  replies: {
    200: { description: 'The results of the checks, also of failed checks.', schema: testResult },
  },
  handle: async (request, { services, caller, note }) => {
    const connector = await connectorToActOn(services, changeRequest(request, caller));
    const result = await testConnector(services, connector);
    note(result.ok ? 'all checks passed' : 'a check failed');
    return { jsonBody: result };
  },
});

route('connector-disable', {
  method: 'POST',
  path: 'api/connectors/{id}/disable',
  role: 'Operator',
  action: 'connector.disable',
  summary: 'Stop polling; the stored events and the cursor are kept',
  conditions: ['If-Match'],
  replies: { 200: { description: 'The connector.', ...CONNECTOR } },
  handle: async (request, { services, caller }) =>
    await connectorReply(
      services,
      orRefused(await disable(services, changeRequest(request, caller))),
    ),
});

route('connector-enable', {
  method: 'POST',
  path: 'api/connectors/{id}/enable',
  role: 'Operator',
  action: 'connector.enable',
  summary: 'Probe the org, and poll it again from where it stopped',
  conditions: ['If-Match'],
  replies: { 200: { description: 'The connector.', ...CONNECTOR } },
  errors: [...OKTA_ERRORS, 'OrgMismatch', 'VaultUnavailable'],
  handle: async (request, { services, caller }) =>
    await connectorReply(
      services,
      orRefused(await enable(services, changeRequest(request, caller))),
    ),
});

route('connector-poll', {
  method: 'POST',
  path: 'api/connectors/{id}/poll',
  role: 'Operator',
  action: 'connector.poll',
  summary: 'Poll now, independently of the schedule',
  conditions: ['If-Match'],
  replies: { 202: { description: 'A poll was requested.', schema: accepted } },
  errors: ['ConnectorDisabled'],
  handle: async (request, { services, caller }) => {
    const connector = await connectorToActOn(services, changeRequest(request, caller));
    if (!connector.enabled) throw new ProblemError(CONNECTOR_DISABLED);
    await pollNow(services, connector);
    return {
      status: 202 as const,
      jsonBody: { statusUrl: statusUrl(services.config, connector.id) },
    };
  },
});

route('connector-rewind', {
  method: 'POST',
  path: 'api/connectors/{id}/rewind',
  role: 'Operator',
  durable: true,
  action: 'connector.rewind',
  summary: 'After a restore or fail-over of storage: read again from this instant',
  conditions: ['If-Match'],
  body: rewindBody,
  example: { from: '2026-11-01T00:00:00.000Z' },
  replies: {
    202: {
      description: 'Live polling was moved back, and a backfill of the same range was started.',
      schema: accepted,
      headers: { Location: 'Where the state of the backfill is shown.' },
    },
  },
  errors: [
    'ConnectorDisabled',
    'BackfillAlreadyRunning',
    'RangeOutsideRetention',
    'OktaTokenInvalid',
  ],
  handle: async (request, { context, services, caller, note, body }) => {
    const connector = await connectorToActOn(services, changeRequest(request, caller));
    const { id } = connector;
    const backfillId = orRefused(await rewind(services, connector, body, context.invocationId));
    note(`to ${isoTime(body.from)}, fill ${backfillId}`);
    return {
      status: 202 as const,
      jsonBody: { statusUrl: statusUrl(services.config, id) },
      headers: { Location: backfillUrl(services.config, id, backfillId) },
    };
  },
});
