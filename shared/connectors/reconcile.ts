/**
 * Finishes interrupted work with the same code as the requests: a registration that was cut off
 * between two steps, lost orchestrations, an incomplete clean-up after a delete.
 */
import type { OutOfTime } from '../clock.ts';
import type { Deps } from '../deps.ts';
import { inTurns, type Turns } from '../in-turns.ts';
import { isoTime } from '../iso-time.ts';
import type { StoredConnector } from '../storage/connectors.ts';
import type { LeftOut } from '../storage/unreadable-row.ts';
import { cleanUp, finalSweep, releaseClaim } from './clean-up.ts';
import { provision } from './provision.ts';

/** The longest duration of a request: until then, housekeeping does not interfere. */
const STILL_AT_WORK_MS = 60_000;
/**
 * A claim whose token never reached the vault is released after this time (docs/architecture.md,
 * "Registration").
 */
const RELEASE_AFTER_MS = 5 * 60_000;

/** Returns where the next run is to begin after: a run may have no time for all. */
export async function reconcileAll(deps: Deps, turns: Turns): Promise<string> {
  const { failed, outOfTime } = turns;
  const leftOut: LeftOut = (row) => failed(`${row.table}/${row.key}`, row);
  const connectors = await Array.fromAsync(deps.connectors.list(leftOut), (stored) => ({
    id: stored.connector.id,
    stored,
  }));
  const next = await inTurns(connectors, turns, ({ stored }) => reconcile(deps, stored, outOfTime));
  for await (const sweep of deps.connectors.sweeps(leftOut)) {
    if (outOfTime()) break;
    try {
      await finalSweep(deps, sweep, outOfTime);
    } catch (error) {
      failed(sweep.key, error);
    }
  }
  return next;
}

async function reconcile(deps: Deps, stored: StoredConnector, outOfTime: OutOfTime): Promise<void> {
  const { connector } = stored;
  switch (connector.state) {
    case 'registering':
      return await finishOrRelease(deps, stored, outOfTime);
    case 'active':
      return await provision(deps, connector);
    case 'deleted':
      await cleanUp(deps, stored, outOfTime);
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
