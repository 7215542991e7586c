/**
 * Brings a connector to the state that its row promises: live cursor, backfill, workers, due time.
 * Every step is create-only, so registration, its retry and housekeeping can run it concurrently.
 */
import { ensureWorkers } from '../backfill/ensure-workers.ts';
import { areBackfillsFinished } from '../backfill/finished.ts';
import { missingRange } from '../backfill/missing-range.ts';
import { startBackfill } from '../backfill/start.ts';
import { discardVerifies } from '../backfill/verify.ts';
import type { Deps } from '../deps.ts';
import { writeDue } from '../ingest/make-due.ts';
import { LIVE_OVERLAP_MS, PAGE_SIZE } from '../okta/log-facts.ts';
import { pollingUrl } from '../okta/logs-url.ts';
import { LIVE_KEY } from '../storage/checkpoint-rows.ts';
import { creation, replacement } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import { isOfRegistration, type LivePosition, NO_COUNTS } from '../storage/positions.ts';
import { knownIn } from '../storage/status-facts.ts';
import { UnreadableRow } from '../storage/unreadable-row.ts';

/** `unfinished`: call it again later; a later call finds out whether work is left. */
export type Progress = 'finished' | 'unfinished';

export async function provision(deps: Deps, connector: Connector): Promise<Progress> {
  if (await isProvisioned(deps, connector)) return 'finished';
  const failures: unknown[] = [];
  // In this order; a row that cannot be read does not prevent later steps.
  for (const step of [createLiveCursor, startMissingBackfill, makeDue, ensureWorkers])
    await step(deps, connector).catch((error: unknown) => {
      if (!(error instanceof UnreadableRow)) throw error;
      failures.push(error);
    });
  if (failures.length > 0) throw failures[0];
  return 'unfinished';
}

/** The decision is made from rows that were read before any step: a step may be repeated, never missed. */
async function isProvisioned(deps: Deps, connector: Connector): Promise<boolean> {
  const { checkpoints, due, storageClock } = deps;
  const { id } = connector;
  const { live, ledgers, slices, facts, unreadable } = await checkpoints.snapshot(id);
  if (unreadable.length > 0 || !live || !isOfRegistration(live, connector)) return false;
  if (!areBackfillsFinished(connector, { ledgers, slices }, storageClock.nowMs())) return false;
  const { dueAtMs } = knownIn(connector, facts).facts;
  if (connector.enabled && (dueAtMs === undefined || !(await due.get(id)))) return false;
  const latest = ledgers.at(-1);
  const hasVerified = ledgers.some(({ mode }) => mode === 'verify');
  return !latest || !hasVerified || (await discardVerifies(deps, id, latest));
}

async function makeDue(deps: Deps, connector: Connector): Promise<void> {
  if (!connector.enabled) return;
  const { dueAtMs } = (await deps.status.known(connector)).facts;
  if (dueAtMs !== undefined) await deps.due.add({ connectorId: connector.id, dueAtMs });
  else await writeDue(deps, connector, { dueAtMs: deps.storageClock.nowMs() });
}

/** A live chain that starts at this instant and has not read anything yet. */
export function newLivePosition(connector: Connector, startedAtMs: number): LivePosition {
  return {
    ...NO_COUNTS,
    generation: connector.generation,
    registration: connector.registration,
    nextUrl: pollingUrl(connector.origin, { sinceMs: startedAtMs, limit: PAGE_SIZE }),
    startedAtMs,
    cursorResets: 0,
    failures: 0,
    gaps: [],
  };
}

/**
 * The live chain is created before the backfill starts: it reads the events that arrive from now on
 * (docs/okta.md, "Where live begins").
 */
async function createLiveCursor(
  { checkpoints, connectors }: Deps,
  connector: Connector,
): Promise<void> {
  const position = newLivePosition(connector, connector.connectedAtMs - LIVE_OVERLAP_MS);
  const created = await checkpoints.commit(connector.id, [creation(LIVE_KEY, position)]);
  if (created) return;
  // A superseded request of an earlier registration may have written this row; or this request is
  // itself superseded, and the row belongs to a later registration.
  const live = await checkpoints.live(connector.id);
  if (!live || isOfRegistration(live.value, connector)) return;
  if (await connectors.isPresent(connector))
    await checkpoints.commit(connector.id, [replacement(live, position)]);
}

/**
 * Starts a backfill of the missing range: first all of `backfillDays`, later an extension of it.
 */
async function startMissingBackfill(deps: Deps, connector: Connector): Promise<void> {
  const ledgers = await deps.checkpoints.backfills(connector.id);
  const range = missingRange(connector, ledgers, deps.storageClock.nowMs());
  if (range) await startBackfill(deps, connector, range, 'fill');
}
