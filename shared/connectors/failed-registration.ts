/**
 * A registration that failed after it was accepted leaves a visible connector: no org claimed, no
 * secret stored, status ActionRequired with the error (docs/contract.md, "Failed registrations"). A
 * corrected registration repairs it.
 */
import type { Deps } from '../deps.ts';
import type { Problem } from '../errors.ts';
import { isoTime } from '../iso-time.ts';
import { retryOnConflict, settled } from '../retry-on-conflict.ts';
import type { Connector } from '../storage/connectors.ts';
import type { ChangeRequest } from './change-request.ts';
import { newGeneration } from './claim-org.ts';
import { type CallersPart, callersPart } from './configuration.ts';
import { deliveryMark, preconditionProblem } from './preconditions.ts';
import { registrationBody } from './resource.ts';

const MAX_ATTEMPTS = 5;
const NOTHING_GIVEN = registrationBody.parse({ domain: '' });

/** The row of a connector without an org. */
export function unclaimedConnector(
  { clock, chance }: Pick<Deps, 'clock' | 'chance'>,
  request: ChangeRequest,
): Connector {
  const { id, caller } = request;
  const nowMs = clock.nowMs();
  const now = isoTime(nowMs);
  return {
    id,
    ...callersPart(id, NOTHING_GIVEN),
    domain: '',
    origin: '',
    orgId: '',
    orgUrl: '',
    hosts: [],
    state: 'failed',
    purging: false,
    enabled: true,
    generation: newGeneration(chance),
    registration: 0,
    revision: 1,
    secretName: '',
    connectedAtMs: nowMs,
    createdAt: now,
    createdBy: caller,
    updatedAt: now,
    updatedBy: caller,
    ...deliveryMark(request, undefined),
  };
}

/**
 * Shows the error in the connector's status. An active connector keeps its credential: the error is
 * its `lastError` until the next success. Throws `KEPT_CHANGING` when the write keeps conflicting.
 */
export async function recordFailure(
  deps: Deps,
  request: ChangeRequest,
  given: Partial<CallersPart>,
  problem: Problem,
): Promise<void> {
  const result = await retryOnConflict(MAX_ATTEMPTS, async () => {
    const stored = await deps.connectors.get(request.id);
    const connector = stored?.connector;
    // A later delivery may have been applied in between: it determines the connector's state.
    if (connector?.purging || preconditionProblem(request, stored)) return undefined;
    if (connector && connector.state !== 'failed' && connector.state !== 'deleted')
      return connector;
    // Only an applied delivery supersedes older deliveries (docs/contract.md, "Order of
    // deliveries").
    const { deliverySentAtMs, deliveryKey } = connector ?? {};
    const asBefore = { ...request, deliverySentAtMs, deliveryKey };
    const fresh = { ...unclaimedConnector(deps, asBefore), ...given };
    const failed: Connector = connector
      ? { ...fresh, ...kept(connector), revision: connector.revision + 1 }
      : { ...fresh, registration: 1 };
    const won = stored
      ? await deps.connectors.replace(failed, stored.etag)
      : await deps.connectors.createUnclaimed(failed);
    return won ? failed : 'conflict';
  });
  const connector = settled(result);
  if (!connector) return;
  const { secretVersion } = connector;
  const deliveryError = { problem, atMs: deps.storageClock.nowMs(), secretVersion };
  await deps.status.merge(connector, { deliveryError });
}

/**
 * A new registration of the same org finds a deleted connector's events by its generation. The
 * failed attempt has its own registration number, so that clean-up of the deleted connector cannot
 * affect it.
 */
const kept = ({ generation, registration, orgId, state }: Connector) => ({
  generation,
  registration: state === 'failed' ? registration : registration + 1,
  orgId,
});
