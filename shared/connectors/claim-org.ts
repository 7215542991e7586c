/**
 * Claims id and org in one create-only step, then writes the secret to the vault, then activates the
 * connector (docs/architecture.md, "Registration"). After an interrupted request, a retry or
 * housekeeping finishes the remaining steps. The loser of a race has no effect.
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
import { secretNameOf } from './credential.ts';
import { deliveryMark } from './preconditions.ts';
import type { ProbedOrg } from './probe-org.ts';

export type Activated = { kind: 'created'; connector: Connector };

export interface Claim {
  request: ChangeRequest;
  /** The row under the id: absent, or the row of a failed or deleted connector without an org. */
  stored: StoredConnector | undefined;
  configuration: Configuration;
  org: ProbedOrg;
  token: Token;
}

/** A conflict means that another request was faster. */
export async function claimOrg(deps: Deps, claim: Claim): Promise<Result<Activated> | Conflict> {
  const { request, stored, org, token } = claim;
  if (stored?.connector.purging) return refused(CONNECTOR_DELETING);
  const knownOrg = stored?.connector.orgId;
  if (knownOrg && knownOrg !== org.orgId) return refused(ORG_MISMATCH);

  const connector = registering(deps, claim);
  const claimed = stored
    ? await deps.connectors.claimAgain(connector, stored.etag)
    : await deps.connectors.claim(connector);
  if (claimed === 'taken') {
    const holder = await deps.connectors.holderOf(org.orgId);
    return holder === undefined || holder === request.id ? 'conflict' : refused(orgTaken(holder));
  }
  const written = await deps.connectors.get(request.id);
  // A delete may have run in between: a hidden connector must not reappear without its org.
  const isOurs =
    written?.connector.state === 'registering' && isOfRegistration(written.connector, connector);
  return written && isOurs ? await activate(deps, written, token) : 'conflict';
}

/** A delete without purge keeps the generation, and with it the events. */
function registering(
  { clock, chance }: Deps,
  { request, stored, configuration, org }: Claim,
): Connector {
  const { id, caller } = request;
  const previous = stored?.connector;
  const generation = previous?.generation ?? newGeneration(chance);
  const registration = numberAfter(previous);
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
    revision: (previous?.revision ?? 0) + 1,
    secretName: secretNameOf(id, generation, registration),
    connectedAtMs: org.nowMs,
    createdAt: now,
    createdBy: caller,
    updatedAt: now,
    updatedBy: caller,
    ...deliveryMark(request, previous),
  };
}

/** A failed connector keeps its registration number: its status facts are stored under it. */
const numberAfter = (previous: Connector | undefined): number =>
  previous?.state === 'failed' ? previous.registration : (previous?.registration ?? 0) + 1;

export const newGeneration = ({ uuid }: Chance): string => uuid().slice(0, 8);

/** Gives the claimed row its secret. The loser of a race leaves an unused version in the vault. */
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
