/** Ensures that every running backfill has its workers. */
import type { Deps } from '../deps.ts';
import { blockingError } from '../ingest/live-outcome.ts';
import { settled } from '../retry-on-conflict.ts';
import { replacement, type Stored } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import type { BackfillLedger, SlicePosition } from '../storage/positions.ts';
import { DAY_MS } from '../time.ts';
import { type BackfillRef, instanceIdOf } from '../workflow-engine.ts';
import { readersOf, type Slots } from './choose-slice.ts';
import { isRetried } from './finished.ts';
import { finishClosedBackfill } from './start.ts';
import { workerSlots } from './worker-slots.ts';

/**
 * Counted from the time at which a worker should have resumed. Until then its activity may be waiting for a
 * free place on a busy instance; a replaced worker that was only waiting stops without effect
 * (docs/architecture.md, "Workers").
 */
const STUCK_AFTER_MS = 15 * 60_000;
/** Far longer than a run may still write after a cancel. */
const LATELY_MS = DAY_MS;

/**
 * Starts missing workers: initially, after they were lost, and in place of stuck workers. Completes an
 * interrupted cancel. An earlier backfill runs only to retry the ranges that it has set aside.
 */
export async function ensureWorkers(deps: Deps, connector: Connector): Promise<void> {
  const { id: connectorId } = connector;
  const ledgers = await deps.checkpoints.storedBackfills(connectorId);
  const { slices } = await deps.checkpoints.snapshot(connectorId);
  const latest = ledgers.at(-1);
  let isBusy = ledgers.some(({ value }) => value.state === 'Running');
  for (const stored of ledgers.toReversed()) {
    const isEarlier = stored !== latest;
    let ledger = stored;
    if (!isBusy && (await isToBeTriedAgain(deps, connector, ledger.value, isEarlier))) {
      ledger = await reopened(deps, ledger, connectorId);
      isBusy = true;
    }
    if (ledger.value.state === 'Running')
      await startWorkers(deps, connector, ledger, isEarlier ? 1 : Number.POSITIVE_INFINITY);
    else if (!isEarlier || isInterrupted(deps, ledger.value, slices))
      settled(await finishClosedBackfill(deps, connectorId, ledger.value.backfillId));
  }
}

/** A run that began before a cancel may have written since, or the cancel is not complete. */
const isInterrupted = (
  { storageClock }: Deps,
  { backfillId, endedAtMs = 0 }: BackfillLedger,
  slices: readonly SlicePosition[],
): boolean =>
  storageClock.nowMs() - endedAtMs < LATELY_MS ||
  slices.some((slice) => slice.backfillId === backfillId);

async function startWorkers(
  deps: Deps,
  connector: Connector,
  ledger: Stored<BackfillLedger>,
  most: number,
): Promise<void> {
  const { id: connectorId, generation } = connector;
  const { backfillId } = ledger.value;
  const open = await deps.checkpoints.openSlices(connectorId, backfillId);
  const slots = workerSlots(deps, (await deps.status.known(connector)).rate);
  const attempt = await currentAttempt(deps, connector, ledger, open, slots);
  for (let worker = 0; worker < Math.min(slots.started, most); worker++) {
    const ref: BackfillRef = { connectorId, generation, backfillId, worker, attempt };
    const instanceId = instanceIdOf(ref);
    if (!(await deps.workflows.isActive(instanceId))) await deps.workflows.start(instanceId, ref);
  }
}

async function isToBeTriedAgain(
  { status, storageClock }: Deps,
  connector: Connector,
  ledger: BackfillLedger,
  isEarlier: boolean,
): Promise<boolean> {
  if (!connector.enabled || !isRetried(connector, ledger, isEarlier)) return false;
  if (storageClock.nowMs() - (ledger.retriedAtMs ?? 0) < DAY_MS) return false;
  return !blockingError((await status.known(connector)).facts, connector);
}

async function reopened(
  { checkpoints, connectors }: Deps,
  stored: Stored<BackfillLedger>,
  connectorId: string,
): Promise<Stored<BackfillLedger>> {
  const open = { state: 'Running', endedAtMs: undefined, retriedAtMs: undefined } as const;
  const value: BackfillLedger = { ...stored.value, ...open };
  await connectors.unfinished.mark(connectorId);
  const [etag] = (await checkpoints.commit(connectorId, [replacement(stored, value)])) ?? [];
  return etag === undefined ? stored : { ...stored, etag, value };
}

/** Workers of an earlier attempt that resume later stop, because the attempt is no longer theirs. */
async function currentAttempt(
  { checkpoints, status, storageClock }: Deps,
  connector: Connector,
  ledger: Stored<BackfillLedger>,
  open: readonly Stored<SlicePosition>[],
  slots: Slots,
): Promise<number> {
  const { attempt } = ledger.value;
  const { id, enabled } = connector;
  if (!enabled || storageClock.nowMs() - dueAtMs(ledger, open, slots) < STUCK_AFTER_MS)
    return attempt;
  // Not stuck: the backfill waits for an operator.
  if (blockingError((await status.known(connector)).facts, connector)) return attempt;
  const next = { ...ledger.value, attempt: attempt + 1 };
  const won = await checkpoints.commit(id, [replacement(ledger, next)]);
  return won ? attempt + 1 : attempt;
}

/**
 * When the most delayed worker should have resumed. Workers are judged separately: a run that holds a slice
 * proves nothing about the other workers.
 */
function dueAtMs(
  { storedAtMs }: Stored<BackfillLedger>,
  open: readonly Stored<SlicePosition>[],
  slots: Slots,
): number {
  const signOf = ({
    storedAtMs,
    value: { retryAtMs = 0, leaseUntilMs = 0 },
  }: (typeof open)[number]) => Math.max(storedAtMs, retryAtMs, leaseUntilMs);
  const lastOf = (slices: typeof open) => Math.max(...slices.map(signOf));
  const readers = readersOf(open, slots);
  if (readers.length === 0) return Math.max(storedAtMs, lastOf(open));
  const own = (worker: number) =>
    open.filter(({ value }) => !value.ended && value.worker === worker);
  return Math.min(...readers.map((worker) => lastOf(own(worker))));
}
