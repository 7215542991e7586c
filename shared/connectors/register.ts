/**
 * Registration, in the contract's order (api.md §2): find the org, probe the log with the token,
 * claim id and org, write the secret, activate, bring forward. Up to the probe nothing is stored;
 * behind it every step can be repeated, by this caller, another one, or the housekeeping timer.
 */
import { randomUUID } from 'node:crypto';
import type { Orchestrations } from '../backfill/orchestrations.ts';
import type { Problem } from '../errors.ts';
import type { IngestParts } from '../ingest/ingest-parts.ts';
import { type OktaDomain, parseOktaDomain } from '../okta/domain.ts';
import type { Connector, StoredConnector } from '../storage/connectors.ts';
import type { Token } from '../token.ts';
import { bringForward } from './bring-forward.ts';
import { etagOf, type RegistrationBody, sameToken, secretNameOf } from './connector.ts';
import { type ProbedOrg, probeOrg } from './probe-org.ts';

const MAX_ATTEMPTS = 5;

export interface RegisterRequest {
  id: string;
  body: RegistrationBody;
  caller: string;
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

export type RegisterResult =
  | { kind: 'created' | 'replaced' | 'unchanged'; connector: Connector }
  | { kind: 'problem'; problem: Problem };

export async function register(
  parts: IngestParts,
  orchestrations: Orchestrations,
  request: RegisterRequest,
): Promise<RegisterResult> {
  const domain = parseOktaDomain(request.body.domain, parts.config);
  if (!domain.ok) return { kind: 'problem', problem: domain.problem };

  const existing = await parts.connectors.get(request.id);
  const refusal = preconditionProblem(request, existing);
  if (refusal) return refusal;
  const token = request.body.credential ?? (await currentToken(parts, existing?.connector));
  if (!token) return { kind: 'problem', problem: CREDENTIAL_MISSING };

  const org = await probeOrg(parts, domain, token);
  if ('problem' in org) return { kind: 'problem', problem: org.problem };

  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = await parts.connectors.get(request.id);
    const result = stored
      ? await replace(parts, stored, request, token, domain, org)
      : await create(parts, request, token, domain, org);
    if (result === 'again') continue;
    if (result.kind !== 'problem') await bringForward(parts, orchestrations, result.connector);
    return result;
  }
  const message = 'The connector kept being changed by other requests.';
  return { kind: 'problem', problem: { code: 'PreconditionFailed', message } };
}

async function create(
  parts: IngestParts,
  { id, body, caller }: RegisterRequest,
  token: Token,
  domain: OktaDomain,
  org: ProbedOrg,
): Promise<RegisterResult | 'again'> {
  const generation = randomUUID().slice(0, 8);
  const now = new Date(parts.clock.nowMs()).toISOString();
  const connector: Connector = {
    id,
    ...configurationOf(id, body, domain, org),
    orgId: org.orgId,
    state: 'registering',
    enabled: true,
    generation,
    registration: 1,
    revision: 1,
    secretName: secretNameOf(id, generation),
    connectedAtMs: org.nowMs,
    createdAt: now,
    createdBy: caller,
    updatedAt: now,
    updatedBy: caller,
  };
  if ((await parts.connectors.claim(connector)) === 'taken') {
    const holder = await parts.connectors.holderOf(org.orgId);
    return holder === undefined || holder === id ? 'again' : orgTaken(holder);
  }
  const claimed = await parts.connectors.get(id);
  return claimed ? await activate(parts, claimed, token) : 'again';
}

/** Gives the claimed row its secret. The loser of a race leaves a version behind that nobody reads. */
async function activate(
  parts: IngestParts,
  { connector, etag }: StoredConnector,
  token: Token,
): Promise<RegisterResult | 'again'> {
  const secretVersion = await parts.vault.set(connector.secretName, token);
  const active: Connector = {
    ...connector,
    state: 'active',
    secretVersion,
    credentialUpdatedAt: new Date(parts.clock.nowMs()).toISOString(),
  };
  const won = await parts.connectors.replace(active, etag);
  return won ? { kind: 'created', connector: active } : 'again';
}

async function replace(
  parts: IngestParts,
  stored: StoredConnector,
  request: RegisterRequest,
  token: Token,
  domain: OktaDomain,
  org: ProbedOrg,
): Promise<RegisterResult | 'again'> {
  const { connector } = stored;
  const refusal = preconditionProblem(request, stored);
  if (refusal) return refusal;
  if (connector.orgId !== org.orgId) return { kind: 'problem', problem: ORG_MISMATCH };
  if (connector.state === 'registering') return await activate(parts, stored, token);

  const configuration = configurationOf(request.id, request.body, domain, org);
  const keepsToken = sameToken(token, await currentToken(parts, connector));
  const keepsRest = Object.entries(configuration).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(connector[name as keyof Connector]),
  );
  if (keepsToken && keepsRest) return { kind: 'unchanged', connector };
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
  };
  const won = await parts.connectors.replace(replaced, stored.etag);
  return won ? { kind: 'replaced', connector: replaced } : 'again';
}

const configurationOf = (
  id: string,
  body: RegistrationBody,
  domain: OktaDomain,
  org: ProbedOrg,
) => ({
  displayName: body.displayName ?? id,
  domain: domain.host,
  origin: domain.origin,
  orgUrl: org.orgUrl,
  hosts: org.hosts,
  backfillDays: body.backfillDays,
  pollIntervalSeconds: body.pollIntervalSeconds,
});

async function currentToken(
  { vault }: IngestParts,
  connector: Connector | undefined,
): Promise<Token | undefined> {
  if (!connector?.secretVersion) return undefined;
  return await vault.get(connector.secretName, connector.secretVersion);
}

function preconditionProblem(
  { ifMatch, ifNoneMatch }: RegisterRequest,
  stored: StoredConnector | undefined,
): RegisterResult | undefined {
  const refused = (message: string): RegisterResult => ({
    kind: 'problem',
    problem: {
      code: 'PreconditionFailed',
      message,
      remedy: 'Read the connector again, check what changed, and repeat with its current ETag.',
    },
  });
  if (ifNoneMatch === '*' && stored) return refused('The connector exists already.');
  if (ifMatch === undefined) return undefined;
  if (!stored) return refused('There is no such connector.');
  if (ifMatch === '*' || ifMatch === etagOf(stored.connector)) return undefined;
  return refused('The connector was changed since it was read.');
}

const CREDENTIAL_MISSING: Problem = {
  code: 'InvalidRequest',
  message: 'The credential is missing.',
  target: 'credential',
  remedy:
    'Send {"kind":"apiToken","token":"…"} with a token made in Okta under Security → API → Tokens.',
};

const ORG_MISMATCH: Problem = {
  code: 'OrgMismatch',
  message: 'The domain belongs to another Okta org than the one this connector was made for.',
  target: 'domain',
  remedy: 'Register the other org under an id of its own, or delete this connector first.',
};

const orgTaken = (holder: string): RegisterResult => ({
  kind: 'problem',
  problem: {
    code: 'OrgAlreadyConnected',
    message: `This Okta org is connected already, as "${holder}".`,
    target: 'domain',
    remedy: `Use the connector "${holder}", or delete it before you register the org under another id.`,
  },
});
