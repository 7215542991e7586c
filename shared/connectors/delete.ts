/** Deletes a connector: hides it at once; clean-up follows (`clean-up.ts`). */
import type { Deps } from '../deps.ts';
import { type Result, refused, succeeded } from '../result.ts';
import { orKeptChanging, retryOnConflict } from '../retry-on-conflict.ts';
import type { ChangeRequest } from './change-request.ts';
import { SWEEP_AFTER_MS } from './clean-up.ts';
import { unclaimedConnector } from './failed-registration.ts';
import { deliveryMark, isApplied, preconditionProblem } from './preconditions.ts';
import { nextRevision } from './revision.ts';

const MAX_ATTEMPTS = 10;

/** Hides the connector; succeeds also without one. */
export async function deleteConnector(
  deps: Deps,
  request: ChangeRequest,
  purge: boolean,
): Promise<Result<'deleted' | 'absent'>> {
  const { id } = request;
  const isDelivery = request.deliverySentAtMs !== undefined;
  const result = await retryOnConflict(MAX_ATTEMPTS, async () => {
    const stored = await deps.connectors.get(id);
    const problem = preconditionProblem(request, stored);
    if (problem) return refused(problem);
    if (!stored) {
      if (isDelivery && !(await rememberDelivery(deps, request))) return 'conflict';
      return ABSENT;
    }
    const { connector } = stored;
    if (isApplied(request, connector)) return ABSENT;
    const isDeleted = connector.state === 'deleted' && !connector.released;
    const isDone = isDeleted && (connector.purging || !purge);
    if (isDone && !isDelivery) return ABSENT;
    const change = {
      purging: purge || connector.purging,
      released: undefined,
      ...nextRevision(deps, request, connector),
      ...deliveryMark(request, connector),
    };
    const sweepAtMs = deps.storageClock.nowMs() + SWEEP_AFTER_MS;
    const won = await deps.connectors.tombstone(stored, change, sweepAtMs);
    return won ? succeeded('deleted' as const) : 'conflict';
  });
  return orKeptChanging(result);
}

const ABSENT = succeeded('absent' as const);

/**
 * Records a delete that arrived before its registration, so that the older registration has no
 * effect. False when there is a connector now.
 */
async function rememberDelivery(deps: Deps, request: ChangeRequest): Promise<boolean> {
  const gone = unclaimedConnector(deps, request);
  return await deps.connectors.createUnclaimed({ ...gone, state: 'deleted', enabled: false });
}
