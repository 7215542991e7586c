/**
 * The steps of the housekeeping timer: finish interrupted work, delete expired data. Each step has
 * a time budget; the next run does the rest.
 */
import { isDeepStrictEqual } from 'node:util';
import { timeBudget } from '../clock.ts';
import type { Deps } from '../deps.ts';
import type { Turns } from '../in-turns.ts';
import { FIRST_ROUND, type Housekept } from '../storage/heartbeats.ts';
import type { Mark } from '../storage/unfinished.ts';
import { DAY_MS } from '../time.ts';
import { reconcileDeliveries } from '../webhooks/reconcile.ts';
import { reconcileMarked, reconcileUnmarked, sweep } from './connectors.ts';
import { expireInTurns } from './expire.ts';

/** How long finished orchestrations are kept: the platform does not purge them. */
const KEEP_ORCHESTRATIONS_MS = 7 * DAY_MS;
/** Separate budgets, so that no step takes the time of the next. */
const BUDGETS_MS = {
  marked: 60_000,
  unmarked: 60_000,
  sweeps: 20_000,
  deliveries: 20_000,
  retention: 60_000,
  audit: 10_000,
};
const ROUNDS_A_DAY = 288;
const LEAST_SHARE = 10;

export interface HousekeepingLog {
  /** Called when a step, or its work for one item, has failed; the others continue. */
  failed(what: string, error: unknown): void;
  /** Called after expired events were deleted. */
  expired(connectorId: string, events: number): void;
}

/** How many of so many connectors a round takes, so that all have their turn within a day. */
export const dailyShare = (connectors: number): number =>
  Math.max(LEAST_SHARE, Math.ceil(connectors / ROUNDS_A_DAY));

/** `reconciledShare`: how many connectors without a mark a round reconciles. */
export async function runHousekeeping(
  deps: Deps,
  log: HousekeepingLog,
  reconciledShare: (connectors: number) => number = dailyShare,
): Promise<void> {
  const { heartbeats, clock, storageClock, connectors } = deps;
  const turns = (step: keyof typeof BUDGETS_MS, after: string, most?: number): Turns => ({
    after,
    outOfTime: timeBudget(clock, BUDGETS_MS[step]),
    failed: log.failed,
    ...(most === undefined ? {} : { most }),
  });
  let before: Housekept = FIRST_ROUND;
  let marks: Mark[] = [];
  let ids: string[] | undefined;
  /** Written after each step: a run that is killed does not begin anew. */
  const learnt = async (change: Partial<Housekept>) => {
    const after = { ...before, ...change };
    if (!isDeepStrictEqual(after, before)) await heartbeats.housekept(change);
    before = after;
  };
  const steps = {
    heartbeat: async () => {
      before = await heartbeats.beginHousekeeping(storageClock.nowMs());
    },
    marked: async () => {
      marks = await connectors.unfinished.marks();
      const markedAfter = await reconcileMarked(deps, marks, turns('marked', before.markedAfter));
      await learnt({ markedAfter });
    },
    unmarked: async () => {
      ids = await connectors.ids();
      const marked = new Set(marks.map(({ id }) => id));
      const { allReconciled, reconciledAfter: after } = before;
      const rest = ids.filter((id) => !marked.has(id) && (allReconciled || id > after));
      const most = allReconciled ? reconciledShare(ids.length) : rest.length;
      const reconciledAfter = await reconcileUnmarked(deps, rest, turns('unmarked', after, most));
      await learnt({
        reconciledAfter,
        allReconciled: allReconciled || reconciledAfter === '',
      });
    },
    sweeps: async () => {
      const sweptAfter = await sweep(deps, turns('sweeps', before.sweptAfter));
      await learnt({ sweptAfter });
    },
    deliveries: async () => {
      await reconcileDeliveries(deps, turns('deliveries', '').outOfTime, log.failed);
    },
    orchestrations: () => deps.workflows.purgeFinished(clock.nowMs() - KEEP_ORCHESTRATIONS_MS),
    retention: async () => {
      ids ??= await connectors.ids();
      const { expiredAfter, expiring } = before;
      const share = turns('retention', expiredAfter, dailyShare(ids.length));
      const { after, pending } = await expireInTurns(deps, ids, share, expiring, log.expired);
      await learnt({ expiredAfter: after, expiring: pending });
    },
    audit: async () => {
      const keepFromMs = clock.nowMs() - deps.config.auditRetentionDays * DAY_MS;
      await deps.audit.deleteBefore(keepFromMs, turns('audit', '').outOfTime);
    },
  };
  // A failed step does not prevent the next.
  for (const [what, step] of Object.entries(steps))
    await step().catch((error: unknown) => log.failed(what, error));
}
