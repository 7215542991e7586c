/**
 * Finishes interrupted work with the same code as the requests: a registration that was cut off
 * between two steps, lost orchestrations, an incomplete clean-up after a delete.
 */
import type { OutOfTime } from '../clock.ts';
import type { Deps } from '../deps.ts';
import { isoTime } from '../iso-time.ts';
import type { StoredConnector } from '../storage/connectors.ts';
import { cleanUp, releaseClaim } from './clean-up.ts';
import { type Progress, provision } from './provision.ts';

/** The longest duration of a request: until then, housekeeping does not interfere. */
const STILL_AT_WORK_MS = 60_000;
/**
 * A claim whose token never reached the vault is released after this time (docs/architecture.md,
 * "Registration").
 */
const RELEASE_AFTER_MS = 5 * 60_000;

/** `finished`: the connector needs no further call until it changes. */
export async function reconcile(deps: Deps, id: string, outOfTime: OutOfTime): Promise<Progress> {
  const stored = await deps.connectors.get(id);
  switch (stored?.connector.state) {
    case 'registering':
      await finishOrRelease(deps, stored, outOfTime);
      return 'unfinished';
    case 'active':
      return await provision(deps, stored.connector);
    case 'deleted':
      return (await cleanUp(deps, stored, outOfTime)) ? 'finished' : 'unfinished';
    default:
      return 'finished';
  }
}

async function finishOrRelease(
  deps: Deps,
  stored: StoredConnector,
  outOfTime: OutOfTime,
): Promise<void> {
  const { connector, etag, storedAtMs } = stored;
  const ageMs = deps.storageClock.nowMs() - storedAtMs;
  if (ageMs < STILL_AT_WORK_MS) return;
  const secretVersion = await deps.vault.latestVersion(connector.secretName);
  if (secretVersion) {
    const credentialUpdatedAt = isoTime(deps.clock.nowMs());
    // The other steps follow in the next run of housekeeping.
    await deps.connectors.replace(
      { ...connector, state: 'active', secretVersion, credentialUpdatedAt },
      etag,
    );
  } else if (ageMs > RELEASE_AFTER_MS) {
    await releaseClaim(deps, stored, outOfTime);
  }
}
