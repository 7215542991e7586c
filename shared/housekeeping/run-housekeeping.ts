/**
 * The steps of the housekeeping timer: finish interrupted work, delete expired data. Each step has
 * a time budget; the next run does the rest.
 */
import { timeBudget } from '../clock.ts';
import { reconcileAll } from '../connectors/reconcile.ts';
import type { Deps } from '../deps.ts';
import { inTurns } from '../in-turns.ts';
import { deleteExpired, deleteExpiredLetters } from '../sink/retention.ts';
import { DAY_MS } from '../time.ts';
import { reconcileDeliveries } from '../webhooks/reconcile.ts';

const KEEP_RUNS_MS = 7 * DAY_MS;
/** How long finished orchestrations are kept: the platform does not purge them. */
const KEEP_ORCHESTRATIONS_MS = 7 * DAY_MS;
const RECONCILE_BUDGET_MS = 60_000;
const RETENTION_BUDGET_MS = 60_000;
const AUDIT_BUDGET_MS = 10_000;
const RETENTION_SHARE_MS = 10_000;

export interface HousekeepingLog {
  /** Called when a step, or its work for one item, has failed; the others continue. */
  failed(what: string, error: unknown): void;
  /** Called after expired events were deleted. */
  expired(connectorId: string, events: number): void;
}

export async function runHousekeeping(deps: Deps, log: HousekeepingLog): Promise<void> {
  const { heartbeats, clock, storageClock } = deps;
  const outOfTime = timeBudget(clock, RECONCILE_BUDGET_MS);
  let [reconciledAfter, expiredAfter] = ['', ''];
  const steps = {
    heartbeat: async () => {
      ({ reconciledAfter, expiredAfter } = await heartbeats.lastHousekeeping());
      await heartbeats.housekept({ atMs: storageClock.nowMs() });
    },
    connectors: async () => {
      const turns = { after: reconciledAfter, outOfTime, failed: log.failed };
      reconciledAfter = await reconcileAll(deps, turns);
    },
    deliveries: () => reconcileDeliveries(deps, outOfTime, log.failed),
    orchestrations: () => deps.workflows.purgeFinished(clock.nowMs() - KEEP_ORCHESTRATIONS_MS),
    retention: async () => {
      expiredAfter = await deleteAllExpired(deps, log, expiredAfter);
    },
    audit: () => deleteOldEntries(deps),
    places: () => heartbeats.housekept({ reconciledAfter, expiredAfter }),
  };
  // A failed step does not prevent the next.
  for (const [what, step] of Object.entries(steps))
    await step().catch((error: unknown) => log.failed(what, error));
}

async function deleteOldEntries({ audit, config, clock }: Deps): Promise<void> {
  const keepFromMs = clock.nowMs() - config.auditRetentionDays * DAY_MS;
  await audit.deleteBefore(keepFromMs, timeBudget(clock, AUDIT_BUDGET_MS));
}

async function deleteAllExpired(deps: Deps, log: HousekeepingLog, after: string): Promise<string> {
  const { config, clock, storageClock, sinkStores: stores, runs } = deps;
  const nowMs = storageClock.nowMs();
  const keepFromMs = nowMs - config.eventRetentionDays * DAY_MS;
  const connectors = await Array.fromAsync(
    // The previous step has reported the rows that cannot be read.
    deps.connectors.list(() => {}),
    ({ connector }) => connector,
  );
  const allOutOfTime = timeBudget(clock, RETENTION_BUDGET_MS);
  const turns = { after, outOfTime: allOutOfTime, failed: log.failed };
  return await inTurns(connectors, turns, async (connector) => {
    const { id, generation } = connector;
    const shareOutOfTime = timeBudget(clock, RETENTION_SHARE_MS);
    const outOfTime = () => shareOutOfTime() || allOutOfTime();
    const sink = { stores, storageClock };
    const deleted = await deleteExpired(sink, id, generation, keepFromMs, outOfTime);
    if (deleted > 0) log.expired(id, deleted);
    await deleteExpiredLetters(stores, id, generation, keepFromMs, outOfTime);
    await runs.deleteBefore(connector, nowMs - KEEP_RUNS_MS, outOfTime);
  });
}
