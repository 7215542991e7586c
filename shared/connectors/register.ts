/**
 * Registration and change, in the contract's order (docs/contract.md, "Registration order"): find
 * the org, probe the log with the token, claim id and org, write the secret, activate, bring
 * forward. Up to the probe nothing is stored; after it every step can be repeated, by this caller,
 * another one, or housekeeping.
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
  /** What kept its remaining steps from being done at once: housekeeping does them. */
  unfinished?: unknown;
}

/** `PUT`: creates, replaces, or finishes what was cut off. */
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
    // A token that was left out is that of the connector as it was found: it is not for a new
    // registration, nor does it undo a rotation that came in between.
    if (state !== 'active' && !givenToken) return refused(CREDENTIAL_MISSING);
    // This very delivery had registered it; the delete that came since was meant.
    if (stored && state === 'deleted' && isApplied(request, stored.connector))
      return refused(CONNECTOR_NOT_FOUND);
    if (!stored || state === 'failed' || state === 'deleted')
      return await claimOrg(deps, { request, stored, configuration, org, token });
    if (stored.connector.orgId !== org.orgId) return refused(ORG_MISMATCH);
    if (state === 'registering') {
      // Cut off before, and perhaps with other wishes.
      const connector = { ...stored.connector, ...configuration };
      return await activate(deps, { connector, etag: stored.etag }, token);
    }
    return await replace(deps, { request, stored, configuration, token: givenToken });
  });
  return await completeSteps(deps, result, org);
}

/** `PATCH`: only what is given changes; a new domain or credential is probed before it is used. */
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
  // It never came to work: what is given now, over what was given then, is a registration.
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

/** What follows from a change: its remaining steps, and a poll at once when Okta has just said yes. */
async function completeSteps(
  deps: Deps,
  result: Result<Registered>,
  org: ProbedOrg | undefined,
): Promise<Result<Registered>> {
  if (!result.ok) return result;
  const { connector } = result.value;
  try {
    await provision(deps, connector);
    if (org) await resumePolling(deps, connector);
    return result;
  } catch (unfinished) {
    return succeeded({ ...result.value, unfinished });
  }
}

interface Replacement {
  request: ChangeRequest;
  stored: StoredConnector;
  configuration: Configuration;
  /** When one was given. */
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

/** A delivery that changes nothing was applied all the same: an older one must not count any more. */
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
