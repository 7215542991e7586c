/**
 * Registration and change, in the contract's order (api.md §2): find the org, probe the log with the
 * token, claim id and org, write the secret, activate, bring forward. Up to the probe nothing is
 * stored; behind it every step can be repeated, by this caller, another one, or housekeeping.
 */
import type { Orchestrations } from '../backfill/workflow-engine.ts';
import { parseOktaDomain } from '../okta/domain.ts';
import type { Connector, StoredConnector } from '../storage/connectors.ts';
import type { Token } from '../token.ts';
import { bringForward } from './provision.ts';
import { activate, claimOrg } from './claim-org.ts';
import { type Configuration, changed, chosen, configurationOf, named } from './configuration.ts';
import { type RegistrationBody, sameToken, type UpdateBody } from './resource.ts';
import type { ChangeRequest, ManageParts } from './change-request.ts';
import { deliveryMark, isApplied, preconditionProblem } from './preconditions.ts';
import { type ProbedOrg, probeOrg } from './probe-org.ts';
import {
  CONNECTOR_DELETING,
  CONNECTOR_NOT_FOUND,
  CREDENTIAL_MISSING,
  KEPT_CHANGING,
  ORG_MISMATCH,
  type Refusal,
  refusal,
} from './problems.ts';
import { wake } from './resume-polling.ts';

const MAX_ATTEMPTS = 5;

export type RegisterResult =
  | {
      kind: 'created' | 'replaced' | 'unchanged';
      connector: Connector;
      /** What kept its remaining steps from being done at once: housekeeping does them. */
      unfinished?: unknown;
    }
  | Refusal;

/** `PUT`: creates, replaces, or finishes what was cut off. */
export async function register(
  parts: ManageParts,
  orchestrations: Orchestrations,
  request: ChangeRequest,
  body: RegistrationBody,
): Promise<RegisterResult> {
  const domain = parseOktaDomain(body.domain, parts.config);
  if (!domain.ok) return refusal(domain.problem);
  const existing = await parts.connectors.get(request.id);
  const stands = preconditionProblem(request, existing);
  if (stands) return refusal(stands);
  if (existing?.connector.purging) return refusal(CONNECTOR_DELETING);
  const token = body.credential ?? (await tokenOf(parts, existing?.connector));
  if (!token) return refusal(CREDENTIAL_MISSING);

  const org = await probeOrg(parts, domain, token);
  if ('problem' in org) return refusal(org.problem);
  const configuration = { ...chosen(request.id, body), ...named(domain, org) };

  const result = await untilSettled(async () => {
    const stored = await parts.connectors.get(request.id);
    const late = preconditionProblem(request, stored);
    if (late) return refusal(late);
    const state = stored?.connector.state;
    const { credential } = body;
    // One that was left out is that of the connector as it was found: it is not for a new
    // registration, nor does it undo a rotation that came in between.
    if (state !== 'active' && !credential) return refusal(CREDENTIAL_MISSING);
    // This very delivery had registered it; whoever has deleted it since meant that.
    if (stored && state === 'deleted' && isApplied(request, stored.connector))
      return refusal(CONNECTOR_NOT_FOUND);
    if (!stored || state === 'failed' || state === 'deleted')
      return await claimOrg(parts, stored, request, configuration, org, token);
    if (stored.connector.orgId !== org.orgId) return refusal(ORG_MISMATCH);
    if (state === 'registering') {
      // Cut off before, and perhaps with other wishes.
      const connector = { ...stored.connector, ...configuration };
      return await activate(parts, { connector, etag: stored.etag }, token);
    }
    return await replace(parts, stored, request, configuration, credential);
  });
  return await settle(parts, orchestrations, result, org);
}

/** `PATCH`: only what is given changes; a new domain or credential is probed before it is used. */
export async function update(
  parts: ManageParts,
  orchestrations: Orchestrations,
  request: ChangeRequest,
  body: UpdateBody,
): Promise<RegisterResult> {
  const existing = await parts.connectors.get(request.id);
  const stands = preconditionProblem(request, existing);
  if (stands) return refusal(stands);
  if (!existing || existing.connector.state === 'deleted') return refusal(CONNECTOR_NOT_FOUND);
  const { connector } = existing;
  if (connector.state !== 'active') {
    // It never came to work: what is given now, over what was given then, is a registration.
    const { credential } = body;
    return await register(parts, orchestrations, request, {
      ...changed(connector, body),
      credential,
    });
  }

  const domain = body.domain === undefined ? undefined : parseOktaDomain(body.domain, parts.config);
  if (domain && !domain.ok) return refusal(domain.problem);
  let org: ProbedOrg | undefined;
  if (domain || body.credential) {
    const asked = domain ?? parseOktaDomain(connector.domain, parts.config);
    if (!asked.ok) return refusal(asked.problem);
    const token = body.credential ?? (await tokenOf(parts, connector));
    if (!token) return refusal(CREDENTIAL_MISSING);
    const probed = await probeOrg(parts, asked, token);
    if ('problem' in probed) return refusal(probed.problem);
    if (probed.orgId !== connector.orgId) return refusal(ORG_MISMATCH);
    org = probed;
  }

  const result = await untilSettled(async () => {
    const stored = await parts.connectors.get(request.id);
    const late = preconditionProblem(request, stored);
    if (late) return refusal(late);
    if (stored?.connector.state !== 'active') return refusal(CONNECTOR_NOT_FOUND);
    const now = stored.connector;
    const names = domain && org ? named(domain, org) : {};
    const configuration = {
      ...configurationOf(now),
      ...chosen(now.id, changed(now, body)),
      ...names,
    };
    return await replace(parts, stored, request, configuration, body.credential);
  });
  return await settle(parts, orchestrations, result, org);
}

async function untilSettled(
  attempt: () => Promise<RegisterResult | 'again'>,
): Promise<RegisterResult> {
  for (let n = 0; n < MAX_ATTEMPTS; n++) {
    const result = await attempt();
    if (result !== 'again') return result;
  }
  return refusal(KEPT_CHANGING);
}

/** What follows from a change: its remaining steps, and a poll at once when Okta has just said yes. */
async function settle(
  parts: ManageParts,
  orchestrations: Orchestrations,
  result: RegisterResult,
  org: ProbedOrg | undefined,
): Promise<RegisterResult> {
  if (result.kind === 'problem') return result;
  try {
    await bringForward(parts, orchestrations, result.connector);
    if (org) await wake(parts, result.connector);
    return result;
  } catch (unfinished) {
    return { ...result, unfinished };
  }
}

async function replace(
  parts: ManageParts,
  { connector, etag }: StoredConnector,
  request: ChangeRequest,
  configuration: Configuration,
  token: Token | undefined,
): Promise<RegisterResult | 'again'> {
  if (isApplied(request, connector)) return { kind: 'unchanged', connector };
  const keepsToken = !token || sameToken(token, await tokenOf(parts, connector));
  const before = configurationOf(connector);
  if (keepsToken && JSON.stringify(before) === JSON.stringify(configurationOf(configuration)))
    return await unchanged(parts, { connector, etag }, request);
  const now = new Date(parts.clock.nowMs()).toISOString();
  const credential = keepsToken
    ? {}
    : {
        secretVersion: await parts.vault.set(connector.secretName, token),
        credentialUpdatedAt: now,
      };
  const replaced: Connector = {
    ...connector,
    ...configuration,
    ...credential,
    revision: connector.revision + 1,
    updatedAt: now,
    updatedBy: request.caller,
    ...deliveryMark(request, connector),
  };
  const won = await parts.connectors.replace(replaced, etag);
  return won ? { kind: 'replaced', connector: replaced } : 'again';
}

/** A delivery that changes nothing was applied all the same: an older one must not count any more. */
async function unchanged(
  parts: ManageParts,
  { connector: before, etag }: Pick<StoredConnector, 'connector' | 'etag'>,
  request: ChangeRequest,
): Promise<RegisterResult | 'again'> {
  if (request.deliveredAtMs === undefined) return { kind: 'unchanged', connector: before };
  const connector = { ...before, ...deliveryMark(request, before) };
  const won = await parts.connectors.replace(connector, etag);
  return won ? { kind: 'unchanged', connector } : 'again';
}

/** The credential in use. */
export async function tokenOf(
  { vault }: Pick<ManageParts, 'vault'>,
  connector: Connector | undefined,
): Promise<Token | undefined> {
  if (!connector?.secretVersion || connector.state === 'deleted') return undefined;
  return await vault.get(connector.secretName, connector.secretVersion);
}
