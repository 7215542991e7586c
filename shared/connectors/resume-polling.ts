/** Makes a connector due at once. */
import type { Deps } from '../deps.ts';
import type { Connector } from '../storage/connectors.ts';
import type { RateFacts } from '../storage/rate-facts.ts';
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
  const dueAtMs = earliestMs(deps, await deps.status.rate(connector));
  await deps.status.merge(connector, {
    dueAtMs,
    verifiedAtMs: nowMs,
    verifiedVersion: connector.secretVersion,
    liveError: null,
    backfillError: null,
    deliveryError: null,
    healthCheck: { atMs: nowMs, ok: true, checks },
  });
  await wake(deps, connector, dueAtMs);
}

/**
 * Polls now, independently of the due time. However often it is requested, at most one poll per
 * interval is made, and none before a wait that Okta requires has ended.
 */
export async function pollNow(deps: PollingDeps, connector: Connector): Promise<void> {
  const { facts, rate } = await deps.status.known(connector);
  const { polledNowAtMs = Number.NEGATIVE_INFINITY } = facts;
  const dueAtMs = earliestMs(deps, rate);
  const nowMs = deps.storageClock.nowMs();
  if (nowMs < polledNowAtMs + connector.pollIntervalSeconds * 1000) return;
  await deps.status.merge(connector, { dueAtMs, polledNowAtMs: nowMs });
  await wake(deps, connector, dueAtMs);
}

/** Now, or the end of the wait after Okta's last 429. */
const earliestMs = ({ storageClock }: PollingDeps, { throttledUntilMs = 0 }: RateFacts): number =>
  Math.max(storageClock.nowMs(), throttledUntilMs);

/** A later poll is left to the timer. */
async function wake(
  { pollQueue, storageClock }: PollingDeps,
  { id: connectorId }: Connector,
  dueAtMs: number,
): Promise<void> {
  if (dueAtMs <= storageClock.nowMs()) await pollQueue.send({ connectorId });
}
