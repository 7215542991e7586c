/**
 * Brings a connector to the state that its row promises: a live cursor, a backfill, an orchestration
 * that drives it, a due time. Every step is create-only, so registration, its retry and the
 * housekeeping timer all call this, at the same moment if need be.
 */
import { ensureWorkers } from '../backfill/ensure-workers.ts';
import { missingRange } from '../backfill/missing-range.ts';
import { startBackfill } from '../backfill/start.ts';
import type { Deps } from '../deps.ts';
import { LIVE_OVERLAP_MS, PAGE_SIZE } from '../okta/log-facts.ts';
import { pollingUrl } from '../okta/logs-url.ts';
import { creation, LIVE_KEY, replacement } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import { isOfRegistration, type LivePosition, NO_COUNTS } from '../storage/positions.ts';

export async function provision(deps: Deps, connector: Connector): Promise<void> {
  await createLiveCursor(deps, connector);
  await startMissingBackfill(deps, connector);
  const { dueAtMs } = await deps.status.facts(connector);
  if (dueAtMs === undefined)
    await deps.status.merge(connector, { dueAtMs: deps.storageClock.nowMs() });
  await ensureWorkers(deps, connector);
}

/**
 * Live is there before the backfill starts: what arrives from now on is its to bring (docs/okta.md,
 * "Where live begins").
 */
async function createLiveCursor(
  { checkpoints, connectors }: Deps,
  connector: Connector,
): Promise<void> {
  const startedAtMs = connector.connectedAtMs - LIVE_OVERLAP_MS;
  const position: LivePosition = {
    ...NO_COUNTS,
    generation: connector.generation,
    registration: connector.registration,
    nextUrl: pollingUrl(connector.origin, { sinceMs: startedAtMs, limit: PAGE_SIZE }),
    startedAtMs,
    cursorResets: 0,
    failures: 0,
    gaps: [],
  };
  const created = await checkpoints.commit(connector.id, [creation(LIVE_KEY, position)]);
  if (created) return;
  // What is there may be of an earlier registration, written by a request that was overtaken; or of a
  // later one, when this is the request that was.
  const live = await checkpoints.live(connector.id);
  if (!live || isOfRegistration(live.value, connector)) return;
  if (await connectors.isPresent(connector))
    await checkpoints.commit(connector.id, [replacement(live, position)]);
}

/** At first all of `backfillDays`; what was added to them since, once nothing else is running. */
async function startMissingBackfill(deps: Deps, connector: Connector): Promise<void> {
  const ledgers = await deps.checkpoints.backfills(connector.id);
  const range = missingRange(connector, ledgers, deps.storageClock.nowMs());
  if (range) await startBackfill(deps, connector, range, 'fill');
}
