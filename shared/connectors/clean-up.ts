/**
 * What a deleted connector leaves is cleaned up in bounded steps, each of which any later call can
 * repeat. Nothing of it comes back to life: its chains are gone, so no run can advance; a new
 * registration has another number, secret name and, after a purge, generation.
 */
import { cancelBackfill } from '../backfill/start.ts';
import { type OutOfTime, timeBudget } from '../clock.ts';
import type { Deps } from '../deps.ts';
import { retryOnConflict, settled } from '../retry-on-conflict.ts';
import { replacement } from '../storage/checkpoints.ts';
import type { Registration, StoredConnector, Sweep } from '../storage/connectors.ts';
import { LEASE_MS, noLease } from '../storage/lease.ts';
import { isOfRegistration } from '../storage/positions.ts';
import { finishOlder } from './finish-delivery.ts';

/** Until then a run that began before the delete may still write: lease, run budget, and some air. */
export const SWEEP_AFTER_MS = LEASE_MS + 10 * 60_000;
/** A clean-up that has a queue message, or a delivery, to itself. */
export const CLEAN_UP_BUDGET_MS = 60_000;
const MAX_ATTEMPTS = 10;

/** Cleans up after a delete for as long as `budgetMs`; the rest gets a queue message. */
export async function cleanUpOrRequeue(
  deps: Deps,
  connectorId: string,
  budgetMs: number,
): Promise<void> {
  const stored = await deps.connectors.get(connectorId);
  if (stored?.connector.state !== 'deleted') return;
  if (await cleanUp(deps, stored, timeBudget(deps.clock, budgetMs))) return;
  await deps.workQueue.send({ kind: 'cleanUp', connectorId });
}

/**
 * Gives the id and the org back: of a registration whose token never reached the vault. What was kept
 * of an earlier one stays to be found again; without one nothing is kept.
 */
export async function releaseClaim(
  deps: Deps,
  stored: StoredConnector,
  outOfTime: OutOfTime,
): Promise<void> {
  const { id, registration } = stored.connector;
  const sweepAtMs = deps.storageClock.nowMs() + SWEEP_AFTER_MS;
  // A delivery that had come so far was not applied: its worker may come back to it.
  const change = { purging: registration === 1, released: true, deliveryKey: undefined };
  if (!(await deps.connectors.tombstone(stored, change, sweepAtMs))) return;
  const hidden = await deps.connectors.get(id);
  if (hidden?.connector.state === 'deleted') await cleanUp(deps, hidden, outOfTime);
}

/**
 * True when all is done, false when `outOfTime` said to leave the rest to another run. Throws
 * `KEPT_CHANGING` when a run that is to be stopped advances in between every time.
 */
export async function cleanUp(
  deps: Deps,
  stored: StoredConnector,
  outOfTime: OutOfTime,
): Promise<boolean> {
  const { connector } = stored;
  const { id } = connector;
  if (connector.cleared) return true;
  await endRegistration(deps, connector);
  if (!connector.purging) {
    await deps.connectors.markCleared(stored);
    return true;
  }
  if (!(await purgeGeneration(deps, connector, outOfTime))) return false;
  if (!connector.released) await finishOlder(deps, id, stored.storedAtMs);
  await deps.connectors.forget(stored);
  return true;
}

/** What a registration has beside its events: its chains, its secret, what the status says of it. */
async function endRegistration(
  deps: Deps,
  registration: Registration & Pick<Sweep, 'secretName'>,
): Promise<void> {
  await stopChains(deps, registration);
  if (registration.secretName) await deps.vault.remove(registration.secretName);
  await deps.status.forget(registration);
}

/** All that is kept under a generation; false when `outOfTime` said to leave the rest to another run. */
async function purgeGeneration(
  { sink, runs, checkpoints }: Deps,
  { id, generation }: Pick<Registration, 'id' | 'generation'>,
  outOfTime: OutOfTime,
): Promise<boolean> {
  return (
    (await sink.purge(id, generation, outOfTime)) &&
    (await runs.purge({ id, generation }, outOfTime)) &&
    (await checkpoints.purge(id, generation, outOfTime))
  );
}

/** Takes the chains away from their runs, whose next write fails. */
async function stopChains(deps: Deps, connector: Registration): Promise<void> {
  const { checkpoints } = deps;
  const { id } = connector;
  const stopped = await retryOnConflict(MAX_ATTEMPTS, async () => {
    const live = await checkpoints.live(id);
    if (!live?.value.leaseHolder || !isOfRegistration(live.value, connector)) return true;
    const ended = replacement(live, { ...live.value, ...noLease });
    return (await checkpoints.commit(id, [ended])) !== undefined || 'conflict';
  });
  settled(stopped);
  const latest = await checkpoints.latestBackfill(id);
  const ledger = latest && (await checkpoints.backfill(id, latest.id));
  if (ledger && isOfRegistration(ledger.value, connector))
    await cancelBackfill(deps, connector, latest.id);
}

/** Once more, when no run of the deleted registration can be left: what it wrote at the last moment. */
export async function finalSweep(deps: Deps, sweep: Sweep, outOfTime: OutOfTime): Promise<void> {
  const { connectorId: id, generation, registration, secretName, purging } = sweep;
  if (deps.storageClock.nowMs() < sweep.dueAtMs) return;
  // Another registration may have taken the row over before the first clearing was at its end.
  await endRegistration(deps, { id, generation, registration, secretName });
  if (purging && !(await purgeGeneration(deps, { id, generation }, outOfTime))) return;
  await deps.connectors.swept(sweep);
}
