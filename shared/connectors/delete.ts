/**
 * Deleting a connector: hidden at once, cleared away in bounded steps that any later call repeats
 * (design §2). Nothing of it comes back to life (T36): its chains are gone, so no run can advance;
 * a new registration has another number, secret name and, after a purge, generation.
 */
import { cancelBackfill } from '../backfill/start.ts';
import type { IngestParts } from '../ingest/run.ts';
import type { Audit } from '../storage/audit.ts';
import { replacement } from '../storage/checkpoints.ts';
import type { Registration, StoredConnector, Sweep } from '../storage/connectors.ts';
import { LEASE_MS, noLease } from '../storage/lease.ts';
import { isOfRegistration } from '../storage/positions.ts';
import { type FinishParts, finishOlder } from '../webhooks/finish.ts';
import { withoutOrg } from './failed-registration.ts';
import type { ChangeRequest } from './change-request.ts';
import { deliveryMark, isApplied, preconditionProblem } from './preconditions.ts';
import { type Refusal, refusal } from './problems.ts';

/** Until then a run that began before the delete may still write: lease, run budget, and some air. */
const SWEEP_AFTER_MS = LEASE_MS + 10 * 60_000;
const MAX_ATTEMPTS = 10;

export type ClearParts = IngestParts & FinishParts & { audit: Audit };

/** Hides the connector. Also when there is none. */
export async function removeConnector(
  parts: IngestParts,
  request: ChangeRequest,
  purge: boolean,
): Promise<{ kind: 'removed' | 'absent' } | Refusal> {
  const { id, caller } = request;
  const isDelivery = request.deliveredAtMs !== undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = await parts.connectors.get(id);
    const stands = preconditionProblem(request, stored);
    if (stands) return refusal(stands);
    if (!stored) {
      if (isDelivery && !(await rememberDelivery(parts, request))) continue;
      return { kind: 'absent' };
    }
    const { connector } = stored;
    if (isApplied(request, connector)) return { kind: 'absent' };
    const isDone = connector.state === 'deleted' && (connector.purging || !purge);
    if (isDone && !isDelivery) return { kind: 'absent' };
    const change = {
      purging: purge || connector.purging,
      revision: connector.revision + 1,
      updatedAt: new Date(parts.clock.nowMs()).toISOString(),
      updatedBy: caller,
      ...deliveryMark(request, connector),
    };
    const sweepAtMs = parts.storageClock.nowMs() + SWEEP_AFTER_MS;
    if (await parts.connectors.tombstone(stored, change, sweepAtMs)) return { kind: 'removed' };
  }
  throw new Error('the connector kept being changed while it was to be deleted');
}

/**
 * Gives the id and the org back: of a registration whose token never reached the vault. What was kept
 * of an earlier one stays to be found again; without one nothing is kept.
 */
export async function giveBack(
  parts: ClearParts,
  stored: StoredConnector,
  isOver: () => boolean,
): Promise<void> {
  const { id, registration } = stored.connector;
  const sweepAtMs = parts.storageClock.nowMs() + SWEEP_AFTER_MS;
  if (!(await parts.connectors.tombstone(stored, { purging: registration === 1 }, sweepAtMs)))
    return;
  const hidden = await parts.connectors.get(id);
  if (hidden?.connector.state === 'deleted') await clearAway(parts, hidden, isOver);
}

/**
 * A delete that overtook its registration: the registration, which is older, must not count. False when
 * there is a connector now.
 */
async function rememberDelivery(
  { connectors, clock }: IngestParts,
  request: ChangeRequest,
): Promise<boolean> {
  const gone = withoutOrg(request, clock.nowMs());
  return await connectors.createWithoutOrg({ ...gone, state: 'deleted', enabled: false });
}

/**
 * Clears away what a deleted connector has left. Every step can be repeated; true when all is done,
 * false when `isOver` said to leave the rest to another run.
 */
export async function clearAway(
  parts: ClearParts,
  stored: StoredConnector,
  isOver: () => boolean,
): Promise<boolean> {
  const { connector } = stored;
  const { id, generation, secretName } = connector;
  if (connector.cleared) return true;
  await stopChains(parts, connector);
  if (secretName) await parts.vault.remove(secretName);
  await parts.status.forget(connector);
  if (!connector.purging) {
    await parts.connectors.markCleared(stored);
    return true;
  }
  if (!(await parts.sink.purge(id, generation, isOver))) return false;
  if (!(await parts.runs.purge(connector, isOver))) return false;
  if (!(await parts.checkpoints.purge(id, generation, isOver))) return false;
  await finishOlder(parts, id, stored.storedAtMs);
  await parts.connectors.forget(stored);
  return true;
}

/** Takes the chains away from whoever runs them: their next write fails, and they end. */
async function stopChains(
  { checkpoints, ...parts }: IngestParts,
  connector: Registration,
): Promise<void> {
  const { id } = connector;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const live = await checkpoints.live(id);
    if (!live?.value.leaseHolder || !isOfRegistration(live.value, connector)) break;
    if (await checkpoints.commit(id, [replacement(live, { ...live.value, ...noLease })])) break;
  }
  const latest = await checkpoints.latestBackfill(id);
  const ledger = latest && (await checkpoints.backfill(id, latest.id));
  if (ledger && isOfRegistration(ledger.value, connector))
    await cancelBackfill({ checkpoints, ...parts }, connector, latest.id);
}

/** Once more, when no run of the deleted registration can be left: what it wrote at the last moment. */
export async function sweepBehind(
  parts: IngestParts,
  sweep: Sweep,
  isOver: () => boolean,
): Promise<void> {
  const { connectorId: id, generation, registration, secretName, purging } = sweep;
  if (parts.storageClock.nowMs() < sweep.dueAtMs) return;
  // Another registration may have taken the row over before the first clearing was at its end.
  await stopChains(parts, { id, generation, registration });
  if (secretName) await parts.vault.remove(secretName);
  await parts.status.forget({ id, generation, registration });
  if (purging && !(await parts.sink.purge(id, generation, isOver))) return;
  if (purging && !(await parts.runs.purge({ id, generation }, isOver))) return;
  if (purging && !(await parts.checkpoints.purge(id, generation, isOver))) return;
  await parts.connectors.swept(sweep);
}
