/** Applies retention to the data of connectors: expired events, dead letters and runs. */
import { timeBudget } from '../clock.ts';
import type { Deps } from '../deps.ts';
import { inTurns, type Turns } from '../in-turns.ts';
import { deleteExpired, deleteExpiredLetters } from '../sink/retention.ts';
import type { Connector } from '../storage/connectors.ts';
import { UnreadableRow } from '../storage/unreadable-row.ts';
import { DAY_MS } from '../time.ts';

const KEEP_RUNS_MS = 7 * DAY_MS;
/** A connector with more to delete goes on in the next round. */
const CONNECTOR_BUDGET_MS = 10_000;
/** The heartbeat's row holds the ids. */
const MOST_PENDING = 200;

export interface Expired {
  after: string;
  /** The connectors with more to delete. */
  pending: string[];
}

/**
 * Serves the connectors whose turn it is, then those that had more to delete, so that many events of some
 * connectors do not delay the others.
 */
export async function expireInTurns(
  deps: Deps,
  ids: readonly string[],
  turns: Turns,
  before: readonly string[],
  expired: (connectorId: string, events: number) => void,
): Promise<Expired> {
  const pending = new Set(before);
  const work = async ({ id }: { id: string }) => {
    pending.delete(id);
    const stored = await deps.connectors.get(id).catch(leftToReconcile);
    if (!stored) return;
    const { all, events } = await expire(deps, stored.connector, turns);
    if (events > 0) expired(id, events);
    if (!all) pending.add(id);
  };
  const toItem = (id: string) => ({ id });
  const after = await inTurns(ids.map(toItem), turns, work);
  const earlier = before.filter((id) => pending.has(id));
  await inTurns(earlier.map(toItem), { ...turns, after: '', most: earlier.length }, work);
  return { after, pending: [...pending].slice(0, MOST_PENDING) };
}

/** Reconciling reports the row. */
function leftToReconcile(error: unknown): undefined {
  if (!(error instanceof UnreadableRow)) throw error;
}

async function expire(
  { config, clock, storageClock, sinkStores: stores, runs }: Deps,
  connector: Connector,
  turns: Turns,
): Promise<{ all: boolean; events: number }> {
  const { id, generation } = connector;
  const nowMs = storageClock.nowMs();
  const keepFromMs = nowMs - config.eventRetentionDays * DAY_MS;
  const isSpent = timeBudget(clock, CONNECTOR_BUDGET_MS);
  const outOfTime = () => isSpent() || turns.outOfTime();
  const sink = { stores, storageClock };
  const events = await deleteExpired(sink, id, generation, keepFromMs, outOfTime);
  await deleteExpiredLetters(stores, id, generation, keepFromMs, outOfTime);
  await runs.deleteBefore(connector, nowMs - KEEP_RUNS_MS, outOfTime);
  return { all: !outOfTime(), events };
}
