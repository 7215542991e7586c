/**
 * Claims id and org in one create-only step, then brings the secret into the vault, then activates
 * (design §2, "Registration"). Whoever is cut off in between leaves what a retry or housekeeping
 * finishes; the loser of a race leaves nothing that counts.
 */
import { randomUUID } from 'node:crypto';
import type { IngestParts } from '../ingest/run.ts';
import type { Connector, StoredConnector } from '../storage/connectors.ts';
import { isOfRegistration } from '../storage/positions.ts';
import type { Token } from '../token.ts';
import type { Configuration } from './configuration.ts';
import { secretNameOf } from './resource.ts';
import type { ChangeRequest } from './change-request.ts';
import { deliveryMark } from './preconditions.ts';
import type { ProbedOrg } from './probe-org.ts';
import { CONNECTOR_DELETING, ORG_MISMATCH, orgTaken, type Refusal, refusal } from './problems.ts';

export type Activated = { kind: 'created'; connector: Connector };

/** `before` is absent, failed, or deleted. `again`: somebody else was faster; look at what is there now. */
export async function claimOrg(
  parts: IngestParts,
  before: StoredConnector | undefined,
  request: ChangeRequest,
  configuration: Configuration,
  org: ProbedOrg,
  token: Token,
): Promise<Activated | Refusal | 'again'> {
  if (before?.connector.purging) return refusal(CONNECTOR_DELETING);
  const knownOrg = before?.connector.orgId;
  if (knownOrg && knownOrg !== org.orgId) return refusal(ORG_MISMATCH);

  const connector = registering(parts, before?.connector, request, configuration, org);
  const claimed = before
    ? await parts.connectors.claimAgain(connector, before.etag)
    : await parts.connectors.claim(connector);
  if (claimed === 'taken') {
    const holder = await parts.connectors.holderOf(org.orgId);
    return holder === undefined || holder === request.id ? 'again' : refusal(orgTaken(holder));
  }
  const stored = await parts.connectors.get(request.id);
  // A delete may have come in between: what it has hidden must not come back without its org.
  const isOurs =
    stored?.connector.state === 'registering' && isOfRegistration(stored.connector, connector);
  return stored && isOurs ? await activate(parts, stored, token) : 'again';
}

/** After a delete without purge the generation stays, and with it the events. */
function registering(
  { clock }: IngestParts,
  before: Connector | undefined,
  request: ChangeRequest,
  configuration: Configuration,
  org: ProbedOrg,
): Connector {
  const { id, caller } = request;
  const generation = before?.generation ?? newGeneration();
  const registration = numberAfter(before);
  const now = new Date(clock.nowMs()).toISOString();
  return {
    id,
    ...configuration,
    orgId: org.orgId,
    state: 'registering',
    purging: false,
    enabled: true,
    generation,
    registration,
    revision: (before?.revision ?? 0) + 1,
    secretName: secretNameOf(id, generation, registration),
    connectedAtMs: org.nowMs,
    createdAt: now,
    createdBy: caller,
    updatedAt: now,
    updatedBy: caller,
    ...deliveryMark(request, before),
  };
}

/** One that failed has its number already, and under it what the status shows of it. */
const numberAfter = (before: Connector | undefined): number =>
  before?.state === 'failed' ? before.registration : (before?.registration ?? 0) + 1;

export const newGeneration = (): string => randomUUID().slice(0, 8);

/** Gives the claimed row its secret. The loser of a race leaves a version behind that nobody reads. */
export async function activate(
  parts: IngestParts,
  { connector, etag }: Pick<StoredConnector, 'connector' | 'etag'>,
  token: Token,
): Promise<Activated | 'again'> {
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
