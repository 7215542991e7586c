/**
 * Registration and change, in the contract's order (docs/contract.md, "Registration order"): find
 * the org, probe the log with the token, claim id and org, write the secret, activate, provision.
 * Nothing is stored before the probe has succeeded; every later step can be repeated, by any caller
 * or by housekeeping.
 */
import type { Deps } from '../deps.ts';
import { parseOktaDomain } from '../okta/domain.ts';
import {
  CONNECTOR_DELETING,
  CONNECTOR_NOT_FOUND,
  CREDENTIAL_MISSING,
  ORG_MISMATCH,
} from '../problems.ts';
import { type Result, refused, succeeded } from '../result.ts';
import { type Conflict, orKeptChanging, retryOnConflict } from '../retry-on-conflict.ts';
import type { Connector, StoredConnector } from '../storage/connectors.ts';
import type { Token } from '../token.ts';
import type { ChangeRequest } from './change-request.ts';
import { activate, claimOrg } from './claim-org.ts';
import {
  type Configuration,
  callersPart,
  configurationOf,
  orgsPart,
  patched,
} from './configuration.ts';
import { tokenOf } from './credential.ts';
import { deliveryMark, isApplied, preconditionProblem } from './preconditions.ts';
import { type ProbedOrg, probeOrg } from './probe-org.ts';
import { provision } from './provision.ts';
import type { RegistrationBody, UpdateBody } from './resource.ts';
import { resumePolling } from './resume-polling.ts';
import { nextRevision } from './revision.ts';

const MAX_ATTEMPTS = 5;

export interface Registered {
  kind: 'created' | 'replaced' | 'unchanged';
  connector: Connector;
  /** The failure that postponed the remaining steps to housekeeping. */
  unfinished?: unknown;
}

/** `PUT`: creates, replaces, or finishes an interrupted registration. */
export async function register(
  deps: Deps,
  request: ChangeRequest,
  body: RegistrationBody,
): Promise<Result<Registered>> {
  const domain = parseOktaDomain(body.domain, deps.config);
  if (!domain.ok) return domain;
  const { credential: givenToken, ...fields } = body;
  const found = await deps.connectors.get(request.id);
  const problem = preconditionProblem(request, found);
  if (problem) return refused(problem);
  if (found?.connector.purging) return refused(CONNECTOR_DELETING);
  const token = givenToken ?? (await tokenOf(deps, found?.connector));
  if (!token) return refused(CREDENTIAL_MISSING);

  const probed = await probeOrg(deps, domain.value, token);
  if (!probed.ok) return probed;
  const org = probed.value;
  const configuration = { ...callersPart(request.id, fields), ...orgsPart(domain.value, org) };

  const result = await untilSettled(async () => {
    const stored = await deps.connectors.get(request.id);
    const late = preconditionProblem(request, stored);
    if (late) return refused(late);
    const state = stored?.connector.state;
    // An omitted token means the stored token of the connector as found. It must not register a new
    // connector, nor undo a rotation that happened since.
    if (state !== 'active' && !givenToken) return refused(CREDENTIAL_MISSING);
    // The same delivery had registered the connector, and a later request deleted it: keep it
    // deleted.
    if (stored && state === 'deleted' && isApplied(request, stored.connector))
      return refused(CONNECTOR_NOT_FOUND);
    if (!stored || state === 'failed' || state === 'deleted')
      return await claimOrg(deps, { request, stored, configuration, org, token });
    if (stored.connector.orgId !== org.orgId) return refused(ORG_MISMATCH);
    if (state === 'registering') {
      // An interrupted registration, possibly with another configuration.
      const connector = { ...stored.connector, ...configuration };
      return await activate(deps, { connector, etag: stored.etag }, token);
    }
    return await replace(deps, { request, stored, configuration, token: givenToken });
  });
  return await completeSteps(deps, result, org);
}

/**
 * `PATCH`: changes the given fields only; a new domain or credential is probed before it is used.
 */
export async function update(
  deps: Deps,
  request: ChangeRequest,
  body: UpdateBody,
): Promise<Result<Registered>> {
  const { credential: givenToken, ...fields } = body;
  const found = await deps.connectors.get(request.id);
  const problem = preconditionProblem(request, found);
  if (problem) return refused(problem);
  if (!found || found.connector.state === 'deleted') return refused(CONNECTOR_NOT_FOUND);
  const { connector } = found;
  // A failed registration: the given fields, merged over the stored ones, are a new registration.
  if (connector.state !== 'active')
    return await register(deps, request, {
      ...patched(connector, fields),
      credential: givenToken,
    });

  const domain =
    fields.domain === undefined ? undefined : parseOktaDomain(fields.domain, deps.config);
  if (domain && !domain.ok) return domain;
  let org: ProbedOrg | undefined;
  if (domain || givenToken) {
    const asked = domain ?? parseOktaDomain(connector.domain, deps.config);
    if (!asked.ok) return asked;
    const token = givenToken ?? (await tokenOf(deps, connector));
    if (!token) return refused(CREDENTIAL_MISSING);
    const probed = await probeOrg(deps, asked.value, token);
    if (!probed.ok) return probed;
    if (probed.value.orgId !== connector.orgId) return refused(ORG_MISMATCH);
    org = probed.value;
  }

  const result = await untilSettled(async () => {
    const stored = await deps.connectors.get(request.id);
    const late = preconditionProblem(request, stored);
    if (late) return refused(late);
    if (stored?.connector.state !== 'active') return refused(CONNECTOR_NOT_FOUND);
    const configuration = {
      ...configurationOf(stored.connector),
      ...callersPart(request.id, patched(stored.connector, fields)),
      ...(domain && org ? orgsPart(domain.value, org) : {}),
    };
    return await replace(deps, { request, stored, configuration, token: givenToken });
  });
  return await completeSteps(deps, result, org);
}

async function untilSettled(
  attempt: () => Promise<Result<Registered> | Conflict>,
): Promise<Result<Registered>> {
  const result = await retryOnConflict(MAX_ATTEMPTS, attempt);
  return orKeptChanging(result);
}

/** Completes a change: the remaining steps, and an immediate poll after a successful probe. */
async function completeSteps(
  deps: Deps,
  result: Result<Registered>,
  org: ProbedOrg | undefined,
): Promise<Result<Registered>> {
  if (!result.ok) return result;
  const { connector } = result.value;
  try {
    await provision(deps, connector);
    if (org) await resumePolling(deps, connector, org.checks);
    return result;
  } catch (unfinished) {
    return succeeded({ ...result.value, unfinished });
  }
}

interface Replacement {
  request: ChangeRequest;
  stored: StoredConnector;
  configuration: Configuration;
  /** The new credential, when the request has one. */
  token: Token | undefined;
}

async function replace(
  deps: Deps,
  { request, stored, configuration, token }: Replacement,
): Promise<Result<Registered> | Conflict> {
  const { connector, etag } = stored;
  if (isApplied(request, connector)) return succeeded({ kind: 'unchanged', connector });
  const keepsToken = !token || token.equals(await tokenOf(deps, connector));
  const [current, wanted] = [connector, configuration].map((one) =>
    JSON.stringify(configurationOf(one)),
  );
  if (keepsToken && current === wanted) return await unchanged(deps, stored, request);
  const next = nextRevision(deps, request, connector);
  const secret = keepsToken
    ? {}
    : {
        secretVersion: await deps.vault.set(connector.secretName, token),
        credentialUpdatedAt: next.updatedAt,
      };
  const replaced: Connector = {
    ...connector,
    ...configuration,
    ...secret,
    ...next,
    ...deliveryMark(request, connector),
  };
  const won = await deps.connectors.replace(replaced, etag);
  return won ? succeeded({ kind: 'replaced', connector: replaced }) : 'conflict';
}

/** A delivery without a change also counts as applied: it supersedes older deliveries. */
async function unchanged(
  deps: Deps,
  { connector, etag }: StoredConnector,
  request: ChangeRequest,
): Promise<Result<Registered> | Conflict> {
  if (request.deliverySentAtMs === undefined) return succeeded({ kind: 'unchanged', connector });
  const marked = { ...connector, ...deliveryMark(request, connector) };
  const won = await deps.connectors.replace(marked, etag);
  return won ? succeeded({ kind: 'unchanged', connector: marked }) : 'conflict';
}
