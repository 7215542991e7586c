/** Makes a connector due at once. */
import type { Deps } from '../deps.ts';
import type { Connector } from '../storage/connectors.ts';
import type { HealthCheck } from '../storage/status-facts.ts';

type PollingDeps = Pick<Deps, 'status' | 'storageClock' | 'pollQueue'>;

/**
 * Clears the errors that stopped polling and polls now. Called after a successful probe, whose
 * `checks` become the last health check.
 */
export async function resumePolling(
  deps: PollingDeps,
  connector: Connector,
  checks: HealthCheck[],
): Promise<void> {
  const nowMs = deps.storageClock.nowMs();
  await deps.status.merge(connector, {
    dueAtMs: nowMs,
    verifiedAtMs: nowMs,
    verifiedVersion: connector.secretVersion,
    liveError: null,
    backfillError: null,
    deliveryError: null,
    healthCheck: { atMs: nowMs, ok: true, checks },
  });
  await deps.pollQueue.send({ connectorId: connector.id });
}

/** Polls now, independently of the due time. */
export async function pollNow(deps: PollingDeps, connector: Connector): Promise<void> {
  await deps.status.merge(connector, { dueAtMs: deps.storageClock.nowMs() });
  await deps.pollQueue.send({ connectorId: connector.id });
}
