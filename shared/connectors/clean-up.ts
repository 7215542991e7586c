/**
 * Cleans up after a deleted connector in bounded steps, each of which a later call can repeat. A
 * late write cannot restore the connector: without its chains no run can advance, and a new
 * registration has another number, secret name and, after a purge, generation.
 */
import { cancelBackfill } from '../backfill/start.ts';
import { type OutOfTime, timeBudget } from '../clock.ts';
import type { Deps } from '../deps.ts';
import { retryOnConflict, settled } from '../retry-on-conflict.ts';
import { replacement } from '../storage/checkpoints.ts';
import type { Registration, StoredConnector } from '../storage/connectors.ts';
import { LEASE_MS, noLease } from '../storage/lease.ts';
import { isOfRegistration } from '../storage/positions.ts';
import type { Sweep } from '../storage/sweeps.ts';
import { UnreadableRow } from '../storage/unreadable-row.ts';
import { finishOlder } from './finish-delivery.ts';

/**
 * Until then a run that began before the delete may still write: lease, run budget, and a margin.
 */
export const SWEEP_AFTER_MS = LEASE_MS + 10 * 60_000;
/** Time budget of a clean-up in its own queue message or delivery. */
export const CLEAN_UP_BUDGET_MS = 60_000;
const MAX_ATTEMPTS = 10;

/** Cleans up after a delete within `budgetMs`; the rest gets a queue message. */
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
 * Releases the claim of a registration whose token never reached the vault. The tombstone of an
 * earlier registration with events is kept; otherwise no row is kept.
 */
export async function releaseClaim(
  deps: Deps,
  stored: StoredConnector,
  outOfTime: OutOfTime,
): Promise<void> {
  const { id, registration } = stored.connector;
  const sweepAtMs = deps.storageClock.nowMs() + SWEEP_AFTER_MS;
  // The delivery of such a registration was not applied: its worker may still retry it.
  const change = { purging: registration === 1, released: true, deliveryKey: undefined };
  if (!(await deps.connectors.tombstone(stored, change, sweepAtMs))) return;
  const hidden = await deps.connectors.get(id);
  if (hidden?.connector.state === 'deleted') await cleanUp(deps, hidden, outOfTime);
}

/**
 * True when the clean-up is complete, false when it ran out of time or the row has changed in the
 * meantime. Throws `KEPT_CHANGING` when a run of the connector keeps changing its chain.
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
  if (!connector.purging) return await deps.connectors.markCleared(stored);
  if (!(await purgeGeneration(deps, connector, outOfTime))) return false;
  if (!connector.released) await finishOlder(deps, id, stored.storedAtMs);
  return await deps.connectors.forget(stored);
}

/** Deletes the data of a registration except its events: chains, secret and status facts. */
async function endRegistration(
  deps: Deps,
  registration: Registration & Pick<Sweep, 'secretName'>,
): Promise<void> {
  const { secretName } = registration;
  // The secret is deleted first: whatever fails afterwards, no run can read the token. An unavailable
  // vault must not keep the chains running either.
  const [secret] = await Promise.allSettled([secretName && deps.vault.remove(secretName)]);
  await stopLive(deps, registration).catch(leftAsItIs);
  await stopBackfill(deps, registration).catch(leftAsItIs);
  if (secret.status === 'rejected') throw secret.reason;
  await deps.status.forget(registration);
}

/** A chain with an unreadable row is not moved by a run either; a purge deletes the row unread. */
function leftAsItIs(error: unknown): void {
  if (!(error instanceof UnreadableRow)) throw error;
}

/** Deletes the data of a generation; false when it ran out of time. */
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

/**
 * Takes the live chain away from its run, whose next write fails. A run without the lease may be reading
 * its first page.
 */
async function stopLive({ checkpoints }: Deps, connector: Registration): Promise<void> {
  const { id } = connector;
  const stopped = await retryOnConflict(MAX_ATTEMPTS, async () => {
    const live = await checkpoints.live(id);
    if (!live || !isOfRegistration(live.value, connector)) return true;
    const ended = replacement(live, { ...live.value, ...noLease });
    return (await checkpoints.commit(id, [ended])) !== undefined || 'conflict';
  });
  settled(stopped);
}

/** The same for the slices. */
async function stopBackfill(deps: Deps, connector: Registration): Promise<void> {
  const { id } = connector;
  for (const { value } of await deps.checkpoints.storedBackfills(id))
    if (value.state === 'Running' && isOfRegistration(value, connector))
      await cancelBackfill(deps, connector, value.backfillId);
}

/** Deletes late writes of the deleted registration, once none of its runs can be left. */
export async function finalSweep(deps: Deps, sweep: Sweep, outOfTime: OutOfTime): Promise<void> {
  const { connectorId: id, generation, registration, secretName, purging } = sweep;
  if (deps.storageClock.nowMs() < sweep.dueAtMs) return;
  // Another registration may have replaced the row before the first clean-up was complete.
  await endRegistration(deps, { id, generation, registration, secretName });
  await deps.eventHooks.sweep(id, generation, registration);
  if (purging && !(await purgeGeneration(deps, { id, generation }, outOfTime))) return;
  await deps.connectors.sweeps.done(sweep);
}
