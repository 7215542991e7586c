/** Starts and cancels backfills. Each connector has at most one running backfill. */
import type { Deps } from '../deps.ts';
import type { BackfillMode } from '../enumerations.ts';
import type { Problem } from '../errors.ts';
import { type Conflict, retryOnConflict, settled } from '../retry-on-conflict.ts';
import { BACKFILL_POINTER_KEY, backfillKey } from '../storage/checkpoint-rows.ts';
import { creation, replacement } from '../storage/checkpoints.ts';
import type { Connector, Registration } from '../storage/connectors.ts';
import { type BackfillLedger, isOfRegistration, NO_COUNTS } from '../storage/positions.ts';
import type { Operation } from '../storage/table.ts';
import type { TimeRange } from '../time-ranges.ts';
import { fold, truncated } from './fold.ts';
import { assertLedger, assertProgress } from './ledger-rules.ts';
import { discardVerifies } from './verify.ts';

const MAX_ATTEMPTS = 20;
/** The limit of a transaction, less room for the ledger. */
const MAX_SLICES = 99;

type BackfillDeps = Pick<Deps, 'checkpoints' | 'storageClock' | 'stagingSink' | 'clock'>;
type StartDeps = BackfillDeps & Pick<Deps, 'connectors'>;

export type StartedBackfill =
  | {
      kind: 'started' | 'running';
      /** The backfill that was started, or the backfill that is already running. */
      backfillId: string;
    }
  /** The connector was deleted or registered again in the meantime. */
  | { kind: 'superseded' };

/**
 * Writes the ledger of a new backfill; `ensureWorkers` starts its orchestrations. A repeated delivery
 * (`requestedBy`) returns the backfill that it started before, whether running or ended. Throws
 * `KEPT_CHANGING` when every attempt conflicts with another write. `rewound` is a change of the live
 * chain that must be committed together with a backfill that restores lost rows.
 */
export async function startBackfill(
  deps: StartDeps,
  connector: Connector,
  range: TimeRange,
  mode: BackfillMode,
  requestedBy?: string,
  rewound?: () => Promise<Operation>,
): Promise<StartedBackfill> {
  const { checkpoints, storageClock } = deps;
  const result = await retryOnConflict<StartedBackfill>(MAX_ATTEMPTS, async () => {
    const latest = await checkpoints.latestBackfill(connector.id);
    // Read after the pointer: the pointer's ETag then detects a backfill that is started in between.
    const known = requestedBy && (await startedBy(checkpoints, connector.id, requestedBy));
    if (known) return { kind: 'started', backfillId: known };
    const before = latest && (await checkpoints.backfill(connector.id, latest.id));
    // Checked after the reads: the rows read above then belong to this registration. A late request
    // must not change a later registration.
    if (!(await deps.connectors.isPresent(connector))) return { kind: 'superseded' };
    if (latest && before?.value.state === 'Running') {
      if (isOfRegistration(before.value, connector))
        return { kind: 'running', backfillId: latest.id };
      await cancelBackfill(deps, { ...before.value, id: connector.id }, latest.id);
      return 'conflict';
    }
    const backfillId = String(Number(latest?.id ?? 0) + 1).padStart(4, '0');
    const ledger: BackfillLedger = {
      ...NO_COUNTS,
      ...range,
      backfillId,
      generation: connector.generation,
      registration: connector.registration,
      attempt: 0,
      mode,
      state: 'Running',
      lowMs: range.fromMs,
      highMs: range.toMs,
      finished: [],
      gaps: [],
      unreadable: [],
      slicesDone: 0,
      startedAtMs: storageClock.nowMs(),
      requestedBy,
      ...(rewound ? { restores: true } : {}),
    };
    assertLedger(ledger, []);
    const pointer = { latest: backfillId, generation: connector.generation };
    // Before the write: if the process dies in between, the mark is without effect.
    await deps.connectors.unfinished.mark(connector.id);
    const won = await checkpoints.commit(connector.id, [
      latest
        ? replacement({ key: BACKFILL_POINTER_KEY, etag: latest.etag }, pointer)
        : creation(BACKFILL_POINTER_KEY, pointer),
      creation(backfillKey(backfillId), ledger),
      ...(rewound ? [await rewound()] : []),
    ]);
    return won ? { kind: 'started', backfillId } : 'conflict';
  });
  return settled(result);
}

async function startedBy(
  checkpoints: BackfillDeps['checkpoints'],
  connectorId: string,
  delivery: string,
): Promise<string | undefined> {
  const ledgers = await checkpoints.backfills(connectorId);
  return ledgers.find(({ requestedBy }) => requestedBy === delivery)?.backfillId;
}

export const alreadyRunning = (backfillId: string): Problem => ({
  code: 'BackfillAlreadyRunning',
  message: `The backfill ${backfillId} of this connector is running.`,
  remedy: `Wait for the backfill ${backfillId} to end, or cancel it first.`,
});

/**
 * Cancels a backfill of this registration. One batch closes the ledger and takes as many open slices as
 * fit from their runners; the remaining slices, and the events that were read, are folded afterwards.
 * Returns false when the backfill had already ended. A purge resets backfill ids, so the registration
 * is compared as well. Throws `KEPT_CHANGING` when slices keep advancing in between.
 */
export async function cancelBackfill(
  deps: BackfillDeps,
  of: Registration,
  backfillId: string,
): Promise<boolean> {
  const { checkpoints, storageClock } = deps;
  const connectorId = of.id;
  let endedAtMs: number | undefined;
  const result = await retryOnConflict(MAX_ATTEMPTS, async () => {
    const backfill = await checkpoints.backfillWithSlices(connectorId, backfillId);
    if (!backfill || !isOfRegistration(backfill.ledger.value, of)) return false;
    const { ledger, open } = backfill;
    if (ledger.value.state !== 'Running') {
      // True for this caller's own write, of which the reply was lost.
      return endedAtMs !== undefined && ledger.value.endedAtMs === endedAtMs;
    }
    endedAtMs = storageClock.nowMs();
    const won = await checkpoints.commit(connectorId, [
      replacement(ledger, { ...ledger.value, state: 'Canceled', endedAtMs }),
      ...open.slice(0, MAX_SLICES).map((slice) => replacement(slice, truncated(slice.value))),
    ]);
    return won !== undefined || 'conflict';
  });
  const isCanceled = settled(result);
  // The backfill is canceled. If a conflict persists, `ensureWorkers` completes the remaining work.
  if (isCanceled) await finishClosedBackfill(deps, connectorId, backfillId);
  return isCanceled;
}

/**
 * Completes a backfill that has ended, or a cancel that was interrupted: folds closed slices into the
 * ledger and discards the staged events of a verify.
 */
export async function finishClosedBackfill(
  deps: BackfillDeps,
  connectorId: string,
  backfillId: string,
): Promise<'finished' | Conflict> {
  const { checkpoints } = deps;
  return await retryOnConflict<'finished'>(MAX_ATTEMPTS, async () => {
    const backfill = await checkpoints.backfillWithSlices(connectorId, backfillId);
    if (!backfill || backfill.ledger.value.state === 'Running') return 'finished';
    const { ledger, open } = backfill;
    if (open.length === 0) {
      await discardVerifies(deps, connectorId, ledger.value);
      return 'finished';
    }
    const running = open.filter(({ value }) => !value.ended).slice(0, MAX_SLICES);
    if (running.length > 0) {
      const taken = running.map((slice) => replacement(slice, truncated(slice.value)));
      await checkpoints.commit(connectorId, taken);
      return 'conflict';
    }
    const closed = open.slice(0, MAX_SLICES);
    const folded = closed.reduce((sum, { value }) => fold(sum, value), ledger.value);
    assertProgress(ledger.value, folded);
    await checkpoints.commit(connectorId, [
      replacement(ledger, folded),
      ...closed.map(({ key }) => ({ kind: 'delete' as const, key })),
    ]);
    // The next round reads the rows again, whether or not this write succeeded.
    return 'conflict';
  });
}
