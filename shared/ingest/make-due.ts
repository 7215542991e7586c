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
 * Writes the due time, together with `change`. The index comes before the facts, because it must never
 * be later than they are. `sentAtMs` is the time of the message, if the caller sends one.
 */
export async function writeDue(
  { due, status }: Pick<Deps, 'due' | 'status'>,
  connector: Connector,
  { dueAtMs, sentAtMs }: { dueAtMs: number; sentAtMs?: number | undefined },
  change: StatusChange = {},
): Promise<void> {
  await due.put([{ connectorId: connector.id, dueAtMs, sentAtMs }]);
  await status.merge(connector, { ...change, dueAtMs });
}

/** Sends a poll that is due now; a poll that is due soon gets the parked message. */
export async function makeDue(
  deps: MakeDueDeps,
  connector: Connector,
  dueAtMs: number,
  change: StatusChange,
): Promise<void> {
  const nowMs = deps.storageClock.nowMs();
  const isNow = dueAtMs <= nowMs;
  await writeDue(deps, connector, { dueAtMs, sentAtMs: isNow ? nowMs : undefined }, change);
  if (isNow) await deps.pollQueue.send({ connectorIds: [connector.id] });
  else if (dueAtMs < nowMs + SOON_MS) await ensureWatch(deps, dueAtMs);
}
