/** What an operator does with a connector: test, disable, enable, poll now. */
import { etagOf, resourceOf } from '../shared/connectors/connector.ts';
import { CONNECTOR_DISABLED } from '../shared/connectors/problems.ts';
import { readStatusWord } from '../shared/connectors/read-status.ts';
import { disable, enable, type SwitchResult } from '../shared/connectors/switch.ts';
import { testConnector } from '../shared/connectors/test-connector.ts';
import { ProblemError } from '../shared/errors.ts';
import { getServices } from '../shared/services.ts';
import { changeRequest, connectorToActOn, orRefused } from './http/connector.ts';
import { route } from './http/route.ts';

route('connector-test', {
  method: 'POST',
  path: 'api/connectors/{id}/test',
  role: 'Operator',
  action: 'connector.test',
  handle: async (request, { caller, note }) => {
    const services = getServices();
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
  handle: async (request, { caller }) =>
    await switched(await disable(getServices(), changeRequest(request, caller))),
});

route('connector-enable', {
  method: 'POST',
  path: 'api/connectors/{id}/enable',
  role: 'Operator',
  action: 'connector.enable',
  handle: async (request, { caller }) =>
    await switched(await enable(getServices(), changeRequest(request, caller))),
});

async function switched(result: SwitchResult) {
  const { connector } = orRefused(result);
  const status = await readStatusWord(getServices(), connector);
  return { jsonBody: resourceOf(connector, status), headers: { ETag: etagOf(connector) } };
}

route('connector-poll', {
  method: 'POST',
  path: 'api/connectors/{id}/poll',
  role: 'Operator',
  action: 'connector.poll',
  handle: async (request, { caller }) => {
    const services = getServices();
    const connector = await connectorToActOn(services, changeRequest(request, caller));
    const { id } = connector;
    if (!connector.enabled) throw new ProblemError(CONNECTOR_DISABLED);
    await services.status.merge(connector, { dueAtMs: services.storageClock.nowMs() });
    await services.pollQueue.send({ connectorId: id });
    const statusUrl = `${services.config.publicOrigin}/api/connectors/${id}/status`;
    return { status: 202, jsonBody: { statusUrl } };
  },
});
