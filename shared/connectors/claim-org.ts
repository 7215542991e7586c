/**
 * Claims id and org in one create-only step, then brings the secret into the vault, then activates
 * (docs/architecture.md, "Registration"). Whoever is cut off in between leaves what a retry or
 * housekeeping finishes; the loser of a race leaves nothing that counts.
 */

import type { Chance } from '../chance.ts';
import type { Deps } from '../deps.ts';
import { isoTime } from '../iso-time.ts';
import { CONNECTOR_DELETING, ORG_MISMATCH, orgTaken } from '../problems.ts';
import { type Result, refused, succeeded } from '../result.ts';
import type { Conflict } from '../retry-on-conflict.ts';
import type { Connector, StoredConnector } from '../storage/connectors.ts';
import { isOfRegistration } from '../storage/positions.ts';
import type { Token } from '../token.ts';
import type { ChangeRequest } from './change-request.ts';
import type { Configuration } from './configuration.ts';
import { deliveryMark } from './preconditions.ts';
import type { ProbedOrg } from './probe-org.ts';
import { secretNameOf } from './resource.ts';

export type Activated = { kind: 'created'; connector: Connector };

/** `before` is absent, failed, or deleted. A conflict: another request was faster. */
export async function claimOrg(
  deps: Deps,
  before: StoredConnector | undefined,
  request: ChangeRequest,
  configuration: Configuration,
  org: ProbedOrg,
  token: Token,
): Promise<Result<Activated> | Conflict> {
  if (before?.connector.purging) return refused(CONNECTOR_DELETING);
  const knownOrg = before?.connector.orgId;
  if (knownOrg && knownOrg !== org.orgId) return refused(ORG_MISMATCH);

  const connector = registering(deps, before?.connector, request, configuration, org);
  const claimed = before
    ? await deps.connectors.claimAgain(connector, before.etag)
    : await deps.connectors.claim(connector);
  if (claimed === 'taken') {
    const holder = await deps.connectors.holderOf(org.orgId);
    return holder === undefined || holder === request.id ? 'conflict' : refused(orgTaken(holder));
  }
  const stored = await deps.connectors.get(request.id);
  // A delete may have come in between: what it has hidden must not come back without its org.
  const isOurs =
    stored?.connector.state === 'registering' && isOfRegistration(stored.connector, connector);
  return stored && isOurs ? await activate(deps, stored, token) : 'conflict';
}

/** After a delete without purge the generation stays, and with it the events. */
function registering(
  { clock, chance }: Deps,
  before: Connector | undefined,
  request: ChangeRequest,
  configuration: Configuration,
  org: ProbedOrg,
): Connector {
  const { id, caller } = request;
  const generation = before?.generation ?? newGeneration(chance);
  const registration = numberAfter(before);
  const now = isoTime(clock.nowMs());
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

export const newGeneration = ({ uuid }: Chance): string => uuid().slice(0, 8);

/** Gives the claimed row its secret. The loser of a race leaves a version behind that nobody reads. */
export async function activate(
  deps: Deps,
  { connector, etag }: Pick<StoredConnector, 'connector' | 'etag'>,
  token: Token,
): Promise<Result<Activated> | Conflict> {
  const secretVersion = await deps.vault.set(connector.secretName, token);
  const active: Connector = {
    ...connector,
    state: 'active',
    secretVersion,
    credentialUpdatedAt: isoTime(deps.clock.nowMs()),
  };
  const won = await deps.connectors.replace(active, etag);
  return won ? succeeded({ kind: 'created', connector: active }) : 'conflict';
}
