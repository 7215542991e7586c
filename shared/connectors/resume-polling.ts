/** Makes a connector due at once. */
import { type MakeDueDeps, makeDue } from '../ingest/make-due.ts';
import type { Connector } from '../storage/connectors.ts';
import type { RateFacts } from '../storage/rate-facts.ts';
import type { HealthCheck } from '../storage/status-facts.ts';

/**
 * Clears the errors that stopped polling and polls now. Called after a successful probe, whose
 * `checks` become the last health check.
 */
export async function resumePolling(
  deps: MakeDueDeps,
  connector: Connector,
  checks: HealthCheck[],
): Promise<void> {
  const nowMs = deps.storageClock.nowMs();
  const { rate } = await deps.status.known(connector);
  await makeDue(deps, connector, earliestMs(deps, rate), {
    verifiedAtMs: nowMs,
    verifiedVersion: connector.secretVersion,
    liveError: null,
    backfillError: null,
    deliveryError: null,
    healthCheck: { atMs: nowMs, ok: true, checks },
  });
}

/**
 * Polls now, independently of the due time. However often it is requested, at most one poll per
 * interval is made, and none before a wait that Okta requires has ended.
 */
export async function pollNow(deps: MakeDueDeps, connector: Connector): Promise<void> {
  const { facts, rate } = await deps.status.known(connector);
  const { polledNowAtMs = Number.NEGATIVE_INFINITY } = facts;
  const nowMs = deps.storageClock.nowMs();
  if (nowMs < polledNowAtMs + connector.pollIntervalSeconds * 1000) return;
  await makeDue(deps, connector, earliestMs(deps, rate), { polledNowAtMs: nowMs });
}

/** Now, or the end of the wait after Okta's last 429. */
const earliestMs = ({ storageClock }: MakeDueDeps, { throttledUntilMs = 0 }: RateFacts): number =>
  Math.max(storageClock.nowMs(), throttledUntilMs);
