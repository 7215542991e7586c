/** Disable and enable. A disabled connector keeps its credential and its cursor: nothing is lost. */
import { parseOktaDomain } from '../okta/domain.ts';
import type { Connector, StoredConnector } from '../storage/connectors.ts';
import type { ChangeRequest, ManageParts } from './change-request.ts';
import { deliveryMark, isApplied, preconditionProblem } from './preconditions.ts';
import { probeOrg } from './probe-org.ts';
import {
  CONNECTOR_NOT_FOUND,
  KEPT_CHANGING,
  NO_TOKEN,
  ORG_MISMATCH,
  type Refusal,
  refusal,
} from './problems.ts';
import { tokenOf } from './register.ts';
import { wake } from './resume-polling.ts';

const MAX_ATTEMPTS = 5;

export type SwitchResult = { kind: 'switched'; connector: Connector } | Refusal;

export async function disable(parts: ManageParts, request: ChangeRequest): Promise<SwitchResult> {
  return await change(parts, request, () => ({ enabled: false }));
}

/** For a delivery that changes nothing of the configuration: only that it was applied, and when. */
export async function noteDelivery(
  parts: ManageParts,
  request: ChangeRequest,
): Promise<SwitchResult> {
  return await change(parts, request, () => ({}));
}

/** Probes first: what Okta refuses stays disabled. */
export async function enable(parts: ManageParts, request: ChangeRequest): Promise<SwitchResult> {
  const stored = await parts.connectors.get(request.id);
  const refused = refusalOf(request, stored);
  if (refused || !stored) return refusal(refused ?? CONNECTOR_NOT_FOUND);
  const { connector } = stored;
  const domain = parseOktaDomain(connector.domain, parts.config);
  if (!domain.ok) return refusal(domain.problem);
  const token = await tokenOf(parts, connector);
  if (!token) return refusal(NO_TOKEN);
  const org = await probeOrg(parts, domain, token);
  if ('problem' in org) return refusal(org.problem);
  if (org.orgId !== connector.orgId) return refusal(ORG_MISMATCH);
  const { hosts, orgUrl } = org;
  const result = await change(parts, request, () => ({ enabled: true, hosts, orgUrl }));
  if (result.kind === 'switched') await wake(parts, result.connector);
  return result;
}

const refusalOf = (request: ChangeRequest, stored: StoredConnector | undefined) =>
  preconditionProblem(request, stored) ??
  (!stored || stored.connector.state === 'deleted' ? CONNECTOR_NOT_FOUND : undefined);

async function change(
  parts: ManageParts,
  request: ChangeRequest,
  wanted: () => Partial<Connector>,
): Promise<SwitchResult> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = await parts.connectors.get(request.id);
    const refused = refusalOf(request, stored);
    if (refused || !stored) return refusal(refused ?? CONNECTOR_NOT_FOUND);
    const before = stored.connector;
    if (isApplied(request, before)) return { kind: 'switched', connector: before };
    const after = { ...before, ...wanted() };
    const isChange = JSON.stringify(after) !== JSON.stringify(before);
    if (!isChange && request.deliveredAtMs === undefined)
      return { kind: 'switched', connector: before };
    const connector: Connector = {
      ...after,
      ...deliveryMark(request, before),
      ...(isChange ? changedBy(request, before, parts.clock.nowMs()) : {}),
    };
    if (await parts.connectors.replace(connector, stored.etag))
      return { kind: 'switched', connector };
  }
  return refusal(KEPT_CHANGING);
}

const changedBy = ({ caller }: ChangeRequest, { revision }: Connector, nowMs: number) => ({
  revision: revision + 1,
  updatedAt: new Date(nowMs).toISOString(),
  updatedBy: caller,
});
