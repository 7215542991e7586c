/** Sees to it that a running backfill has its workers. */
import type { Deps } from '../deps.ts';
import { blockingError } from '../ingest/live-outcome.ts';
import { settled } from '../retry-on-conflict.ts';
import { replacement, type Stored } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import type { BackfillLedger, SlicePosition } from '../storage/positions.ts';
import { type BackfillRef, instanceIdOf } from '../workflow-engine.ts';
import { finishClosedBackfill } from './start.ts';

/**
 * A worker sleeps for five minutes at most. When nothing of a backfill has changed for a quarter of
 * an hour after that, its orchestrations are alive and do nothing: they are replaced
 * (docs/architecture.md, "Workers").
 */
const STUCK_AFTER_MS = 20 * 60_000;

/**
 * Starts the workers that are not there: at first, after they were lost, in place of stuck ones. A
 * cancel that was cut off is brought to its end.
 */
export async function ensureWorkers(deps: Deps, connector: Connector): Promise<void> {
  const { checkpoints, config } = deps;
  const { id: connectorId, generation } = connector;
  const latest = await checkpoints.latestBackfill(connectorId);
  const ledger = latest && (await checkpoints.backfill(connectorId, latest.id));
  if (!ledger) return;
  if (ledger.value.state !== 'Running') {
    settled(await finishClosedBackfill(deps, connectorId, ledger.value.backfillId));
    return;
  }
  const { backfillId } = ledger.value;
  const open = await checkpoints.openSlices(connectorId, backfillId);
  const attempt = await currentAttempt(deps, connector, ledger, open);
  // Slices of more workers may be open still than there are to be now.
  const owners = open.map(({ value }) => value.worker + 1);
  for (let worker = 0; worker < Math.max(config.backfillParallelSlices, ...owners); worker++) {
    const ref: BackfillRef = { connectorId, generation, backfillId, worker, attempt };
    const instanceId = instanceIdOf(ref);
    if (!(await deps.workflows.isActive(instanceId))) await deps.workflows.start(instanceId, ref);
  }
}

/** Workers of an earlier attempt that wake up after all find that it is not theirs any more. */
async function currentAttempt(
  { checkpoints, status, storageClock }: Deps,
  connector: Connector,
  ledger: Stored<BackfillLedger>,
  open: readonly Stored<SlicePosition>[],
): Promise<number> {
  const { attempt } = ledger.value;
  const { id, enabled } = connector;
  const nowMs = storageClock.nowMs();
  if (!enabled || nowMs - ledger.storedAtMs < STUCK_AFTER_MS) return attempt;
  // Not stuck: it waits for somebody to repair the token.
  if (blockingError(await status.facts(connector), connector)) return attempt;
  const changedAtMs = Math.max(0, ...open.map(({ storedAtMs }) => storedAtMs));
  if (nowMs - changedAtMs < STUCK_AFTER_MS) return attempt;
  const next = { ...ledger.value, attempt: attempt + 1 };
  const won = await checkpoints.commit(id, [replacement(ledger, next)]);
  return won ? attempt + 1 : attempt;
}
