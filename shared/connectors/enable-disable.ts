/** Disables and enables a connector. A disabled connector keeps its credential and its cursor. */
import { isDeepStrictEqual } from 'node:util';
import type { Deps } from '../deps.ts';
import { parseOktaDomain } from '../okta/domain.ts';
import { CONNECTOR_NOT_FOUND, NO_TOKEN, ORG_MISMATCH } from '../problems.ts';
import { type Result, refused, succeeded } from '../result.ts';
import { orKeptChanging, retryOnConflict } from '../retry-on-conflict.ts';
import type { Connector, StoredConnector } from '../storage/connectors.ts';
import type { ChangeRequest } from './change-request.ts';
import { tokenOf } from './credential.ts';
import { deliveryMark, isApplied, preconditionProblem } from './preconditions.ts';
import { probeOrg } from './probe-org.ts';
import { resumePolling } from './resume-polling.ts';
import { nextRevision } from './revision.ts';

const MAX_ATTEMPTS = 5;

export async function disable(deps: Deps, request: ChangeRequest): Promise<Result<Connector>> {
  return await change(deps, request, () => ({ enabled: false }));
}

/** Records a delivery that leaves the configuration unchanged as applied. */
export async function markDelivered(
  deps: Deps,
  request: ChangeRequest,
): Promise<Result<Connector>> {
  return await change(deps, request, () => ({}));
}

/** Probes the org first: when Okta refuses the probe, the connector stays disabled. */
export async function enable(deps: Deps, request: ChangeRequest): Promise<Result<Connector>> {
  const stored = await deps.connectors.get(request.id);
  const problem = refusalOf(request, stored);
  if (problem || !stored) return refused(problem ?? CONNECTOR_NOT_FOUND);
  const { connector } = stored;
  // Checked before the domain: a failed registration has neither, and this request contains no domain.
  const token = await tokenOf(deps, connector);
  if (!token) return refused(NO_TOKEN);
  const domain = parseOktaDomain(connector.domain, deps.config);
  if (!domain.ok) return domain;
  const org = await probeOrg(deps, domain.value, token);
  if (!org.ok) return org;
  const { orgId, hosts, orgUrl } = org.value;
  if (orgId !== connector.orgId) return refused(ORG_MISMATCH);
  const result = await change(deps, request, () => ({ enabled: true, hosts, orgUrl }));
  if (result.ok) await resumePolling(deps, result.value, org.value.checks);
  return result;
}

const refusalOf = (request: ChangeRequest, stored: StoredConnector | undefined) =>
  preconditionProblem(request, stored) ??
  (!stored || stored.connector.state === 'deleted' ? CONNECTOR_NOT_FOUND : undefined);

async function change(
  deps: Deps,
  request: ChangeRequest,
  wanted: () => Partial<Connector>,
): Promise<Result<Connector>> {
  const result = await retryOnConflict(MAX_ATTEMPTS, async () => {
    const stored = await deps.connectors.get(request.id);
    const problem = refusalOf(request, stored);
    if (problem || !stored) return refused(problem ?? CONNECTOR_NOT_FOUND);
    const before = stored.connector;
    if (isApplied(request, before)) return succeeded(before);
    const after = { ...before, ...wanted() };
    const isChange = !isDeepStrictEqual(after, before);
    if (!isChange && request.deliverySentAtMs === undefined) return succeeded(before);
    const connector: Connector = {
      ...after,
      ...deliveryMark(request, before),
      ...(isChange ? nextRevision(deps, request, before) : {}),
    };
    const won = await deps.connectors.replace(connector, stored.etag);
    return won ? succeeded(connector) : 'conflict';
  });
  return orKeptChanging(result);
}
