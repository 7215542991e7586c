/** Starts and cancels backfills: one at a time for each connector. */
import type { Deps } from '../deps.ts';
import type { BackfillMode } from '../enumerations.ts';
import type { Problem } from '../errors.ts';
import {
  BACKFILL_POINTER_KEY,
  backfillKey,
  creation,
  replacement,
} from '../storage/checkpoints.ts';
import type { Connector, Registration } from '../storage/connectors.ts';
import {
  type BackfillLedger,
  isOfRegistration,
  NO_COUNTS,
  type TimeRange,
} from '../storage/positions.ts';
import { fold, truncated } from './fold.ts';
import { discardVerifies } from './verify.ts';

const MAX_ATTEMPTS = 20;

type BackfillDeps = Pick<Deps, 'checkpoints' | 'storageClock' | 'sink' | 'clock'>;
type StartDeps = BackfillDeps & Pick<Deps, 'connectors'>;

export type StartedBackfill =
  | {
      kind: 'started' | 'running';
      /** The backfill that was started, or the one that is running already. */
      backfillId: string;
    }
  /** The connector was deleted meanwhile, or registered anew. */
  | { kind: 'superseded' };

/**
 * Writes the ledger of a new backfill; its orchestrations are started by `driveBackfill`. What is
 * `requestedBy` the same delivery again is the backfill that it has started before, over or not.
 */
export async function startBackfill(
  deps: StartDeps,
  connector: Connector,
  range: TimeRange,
  mode: BackfillMode,
  requestedBy?: string,
): Promise<StartedBackfill> {
  const { checkpoints, storageClock } = deps;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const latest = await checkpoints.latestBackfill(connector.id);
    // Behind the pointer, whose ETag says below that no other was started since.
    const known = requestedBy && (await startedBy(checkpoints, connector.id, requestedBy));
    if (known) return { kind: 'started', backfillId: known };
    const before = latest && (await checkpoints.backfill(connector.id, latest.id));
    // Behind what was read: it is not of a later registration, which a late request must not touch.
    if (!(await deps.connectors.isPresent(connector))) return { kind: 'superseded' };
    if (latest && before?.value.state === 'Running') {
      if (isOfRegistration(before.value, connector))
        return { kind: 'running', backfillId: latest.id };
      await cancelBackfill(deps, { ...before.value, id: connector.id }, latest.id);
      continue;
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
      slicesDone: 0,
      startedAtMs: storageClock.nowMs(),
      requestedBy,
    };
    const pointer = { latest: backfillId, generation: connector.generation };
    const won = await checkpoints.commit(connector.id, [
      latest
        ? replacement({ key: BACKFILL_POINTER_KEY, etag: latest.etag }, pointer)
        : creation(BACKFILL_POINTER_KEY, pointer),
      creation(backfillKey(backfillId), ledger),
    ]);
    if (won) return { kind: 'started', backfillId };
  }
  throw new Error('the latest backfill kept changing while another was to be started');
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
 * Ends a backfill of this registration where it stands. One batch closes the ledger and takes every
 * open slice away from its runner; what the slices had read is folded in behind. False when it was
 * over already. Ids of backfills come again after a purge, so the registration counts.
 */
export async function cancelBackfill(
  deps: BackfillDeps,
  of: Registration,
  backfillId: string,
): Promise<boolean> {
  const { checkpoints, storageClock } = deps;
  const connectorId = of.id;
  let endedAtMs: number | undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const backfill = await checkpoints.backfillWithSlices(connectorId, backfillId);
    if (!backfill || !isOfRegistration(backfill.ledger.value, of)) return false;
    const { ledger, open } = backfill;
    if (ledger.value.state !== 'Running') {
      // Our own effect, of which the reply was lost.
      const ours = endedAtMs !== undefined && ledger.value.endedAtMs === endedAtMs;
      if (ours) await finishClosedBackfill(deps, connectorId, backfillId);
      return ours;
    }
    endedAtMs = storageClock.nowMs();
    const won = await checkpoints.commit(connectorId, [
      replacement(ledger, { ...ledger.value, state: 'Canceled', endedAtMs }),
      ...open.map((slice) => replacement(slice, truncated(slice.value))),
    ]);
    if (won) {
      await finishClosedBackfill(deps, connectorId, backfillId);
      return true;
    }
  }
  throw new Error('the slices kept changing while their backfill was to be canceled');
}

/**
 * What a backfill that is over, or a cancel that was cut off, has left: slices that are closed but not
 * yet in the ledger, and what a verify has set aside.
 */
export async function finishClosedBackfill(
  deps: BackfillDeps,
  connectorId: string,
  backfillId: string,
): Promise<void> {
  const { checkpoints } = deps;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const backfill = await checkpoints.backfillWithSlices(connectorId, backfillId);
    if (!backfill || backfill.ledger.value.state === 'Running') return;
    const { ledger, open } = backfill;
    if (open.length === 0) return await discardVerifies(deps, connectorId, ledger.value);
    const folded = open.reduce((sum, { value }) => fold(sum, value), ledger.value);
    await checkpoints.commit(connectorId, [
      replacement(ledger, folded),
      ...open.map(({ key }) => ({ kind: 'delete' as const, key })),
    ]);
  }
}
