/**
 * Brings every unfinished thing forward, from the same code as registration: a registration cut off
 * between two steps, an orchestration that was lost, a delete that was not cleared away.
 */
import type { Orchestrations } from '../backfill/workflow-engine.ts';
import type { StoredConnector } from '../storage/connectors.ts';
import { bringForward } from './provision.ts';
import { type ClearParts, clearAway, giveBack, sweepBehind } from './delete.ts';

/** A request still at work is left alone for as long as it can last. */
const STILL_AT_WORK_MS = 60_000;
/** A claim whose token never reached the vault is given back after this long (design §2). */
const RELEASE_AFTER_MS = 5 * 60_000;

export async function reconcileAll(
  parts: ClearParts,
  orchestrations: Orchestrations,
  isOver: () => boolean,
  failed: (what: string, error: unknown) => void,
): Promise<void> {
  for await (const stored of parts.connectors.list()) {
    try {
      await reconcile(parts, orchestrations, stored, isOver);
    } catch (error) {
      failed(stored.connector.id, error);
    }
  }
  for await (const sweep of parts.connectors.sweeps()) {
    try {
      await sweepBehind(parts, sweep, isOver);
    } catch (error) {
      failed(sweep.key, error);
    }
  }
}

async function reconcile(
  parts: ClearParts,
  orchestrations: Orchestrations,
  stored: StoredConnector,
  isOver: () => boolean,
): Promise<void> {
  const { connector } = stored;
  switch (connector.state) {
    case 'registering':
      return await finishOrRelease(parts, stored, isOver);
    case 'active':
      return await bringForward(parts, orchestrations, connector);
    case 'deleted':
      await clearAway(parts, stored, isOver);
  }
}

async function finishOrRelease(
  parts: ClearParts,
  stored: StoredConnector,
  isOver: () => boolean,
): Promise<void> {
  const { connector, etag, storedAtMs } = stored;
  const ageMs = parts.storageClock.nowMs() - storedAtMs;
  if (ageMs < STILL_AT_WORK_MS) return;
  const secretVersion = await parts.vault.latestVersion(connector.secretName);
  if (secretVersion) {
    const credentialUpdatedAt = new Date(parts.clock.nowMs()).toISOString();
    // Its other steps follow at the next tick.
    await parts.connectors.replace(
      { ...connector, state: 'active', secretVersion, credentialUpdatedAt },
      etag,
    );
  } else if (ageMs > RELEASE_AFTER_MS) {
    await giveBack(parts, stored, isOver);
  }
}
