/**
 * What the housekeeping timer does: brings unfinished things to their end, and removes what is past
 * its time. Each step has a budget of time; what is left over is done by the next run.
 */
import { timeBudget } from '../clock.ts';
import { reconcileAll } from '../connectors/reconcile.ts';
import type { Deps } from '../deps.ts';
import { deleteExpired } from '../sink/retention.ts';
import { DAY_MS } from '../time.ts';
import { reconcileDeliveries } from '../webhooks/reconcile.ts';
import { roundRobin } from './round-robin.ts';

const KEEP_RUNS_MS = 7 * DAY_MS;
/** How long a finished orchestration can still be looked at: the platform removes none by itself. */
const KEEP_ORCHESTRATIONS_MS = 7 * DAY_MS;
const RECONCILE_BUDGET_MS = 60_000;
const RETENTION_BUDGET_MS = 60_000;
const RETENTION_SHARE_MS = 10_000;
/** How often the timer fires: a run's turn among the connectors is counted by it. */
const EVERY_MS = 5 * 60_000;

export interface HousekeepingLog {
  /** A step, or what it did for one thing, has failed; the others go on. */
  failed(what: string, error: unknown): void;
  /** Events that were past their retention are deleted. */
  expired(connectorId: string, events: number): void;
}

export async function runHousekeeping(deps: Deps, log: HousekeepingLog): Promise<void> {
  const outOfTime = timeBudget(deps.clock, RECONCILE_BUDGET_MS);
  const steps = {
    connectors: () => reconcileAll(deps, outOfTime, log.failed),
    deliveries: () => reconcileDeliveries(deps, outOfTime, log.failed),
    orchestrations: () => deps.workflows.purgeFinished(deps.clock.nowMs() - KEEP_ORCHESTRATIONS_MS),
    retention: () => deleteAllExpired(deps, log),
  };
  // A step that fails does not keep the next from its work.
  for (const [what, step] of Object.entries(steps))
    await step().catch((error: unknown) => log.failed(what, error));
}

async function deleteAllExpired(deps: Deps, log: HousekeepingLog): Promise<void> {
  const { config, clock, storageClock, sinkStores: stores, runs } = deps;
  const nowMs = storageClock.nowMs();
  const keepFromMs = nowMs - config.eventRetentionDays * DAY_MS;
  const connectors = await Array.fromAsync(deps.connectors.list(), ({ connector }) => connector);
  const shares = {
    clock,
    turn: Math.floor(nowMs / EVERY_MS),
    budgetMs: RETENTION_BUDGET_MS,
    shareMs: RETENTION_SHARE_MS,
    failed: log.failed,
  };
  await roundRobin(connectors, shares, async (connector, outOfTime) => {
    const { id, generation } = connector;
    const sink = { stores, storageClock };
    const deleted = await deleteExpired(sink, id, generation, keepFromMs, outOfTime);
    if (deleted > 0) log.expired(id, deleted);
    await runs.deleteBefore(connector, nowMs - KEEP_RUNS_MS, outOfTime);
  });
}
