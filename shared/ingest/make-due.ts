/** Makes a connector due at an instant, outside of its polls. */
import type { Deps } from '../deps.ts';
import type { Connector } from '../storage/connectors.ts';
import type { StatusChange } from '../storage/status-facts.ts';
import { ensureWatch } from './watch-message.ts';

export type MakeDueDeps = Pick<
  Deps,
  'due' | 'status' | 'pollQueue' | 'storageClock' | 'heartbeats' | 'chance'
>;

/** A later poll is sent by the next tick of the timer. */
const SOON_MS = 60_000;

/**
 * Sends a poll that is due now; a poll that is due soon gets the parked message. `change` is written
 * together with the due time. The index comes before the facts, because it must never be later than
 * they are.
 */
export async function makeDue(
  deps: MakeDueDeps,
  connector: Connector,
  dueAtMs: number,
  change: StatusChange,
): Promise<void> {
  const { due, status, pollQueue, storageClock } = deps;
  const { id: connectorId } = connector;
  const nowMs = storageClock.nowMs();
  const isNow = dueAtMs <= nowMs;
  await due.put([{ connectorId, dueAtMs, ...(isNow ? { sentAtMs: nowMs } : {}) }]);
  await status.merge(connector, { ...change, dueAtMs });
  if (isNow) await pollQueue.send({ connectorIds: [connectorId] });
  else if (dueAtMs < nowMs + SOON_MS) await ensureWatch(deps, dueAtMs);
}
