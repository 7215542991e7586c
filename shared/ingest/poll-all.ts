/** Polls the connectors of one message, side by side, and schedules the next poll of each. */
import type { Deps } from '../deps.ts';
import type { NextPoll } from '../storage/due-index.ts';
import { pollConnector } from './live.ts';
import type { PollResult } from './live-outcome.ts';
import { mayPoll } from './may-poll.ts';
import { isForTimer } from './send-due.ts';
import { ensureWatch } from './watch-message.ts';

/** The results of this time are written together. A slower org delays only its own result. */
const TOGETHER_MS = 2_000;
/** A poll that is due later is sent by the next tick of the timer. */
const SOON_MS = 55_000;

export interface PollLog {
  ended(connectorId: string, result: PollResult): void;
  /** A failure ends only the run of this connector; the next tick repeats it. */
  failed(connectorId: string, error: unknown): void;
}

export async function pollAll(
  deps: Deps,
  connectorIds: readonly string[],
  log: PollLog,
): Promise<void> {
  const next: NextPoll[] = [];
  const schedule = async () => await deps.due.put(next.splice(0));
  const startedAtMs = deps.clock.nowMs();
  let isTogether = true;
  let soonestMs = Number.POSITIVE_INFINITY;
  const poll = async (connectorId: string) => {
    try {
      const result = await pollConnector(deps, connectorId);
      log.ended(connectorId, result);
      const after = await nextPoll(deps, connectorId, result);
      const isSlow = deps.clock.nowMs() - startedAtMs > TOGETHER_MS;
      if (after) next.push(isSlow ? { ...after, isSlow } : after);
      if (after && !after.sentAtMs && !isForTimer(after))
        soonestMs = Math.min(soonestMs, after.dueAtMs);
    } catch (error) {
      log.failed(connectorId, error);
    }
    if (!isTogether) await schedule();
  };
  const all = Promise.all(connectorIds.map(poll));
  if (connectorIds.length > 1) await settledWithin(deps, all);
  isTogether = false;
  await schedule();
  await all;
  await schedule();
  if (soonestMs < deps.storageClock.nowMs() + SOON_MS) await ensureWatch(deps, soonestMs);
}

async function settledWithin({ clock }: Deps, work: Promise<unknown>): Promise<void> {
  const settled = new AbortController();
  const end = work.finally(() => settled.abort());
  await Promise.race([end, clock.sleep(TOGETHER_MS, settled.signal).catch(() => {})]);
}

/** Undefined when the index stays as it is. */
async function nextPoll(
  deps: Deps,
  connectorId: string,
  result: PollResult,
): Promise<NextPoll | undefined> {
  switch (result.kind) {
    case 'dropped':
      // The run that holds the connector schedules its next poll.
      return undefined;
    case 'gone':
      await removeFromIndex(deps, connectorId);
      return undefined;
    case 'again': {
      await deps.pollQueue.send({ connectorIds: [connectorId] });
      const nowMs = deps.storageClock.nowMs();
      return { connectorId, dueAtMs: nowMs, sentAtMs: nowMs };
    }
    case 'notDue':
      return { connectorId, dueAtMs: result.dueAtMs };
    case 'done':
      return { connectorId, dueAtMs: result.dueAtMs, sentAtMs: result.sentAtMs };
  }
}

/** The connector may be registered or enabled again at this moment: then its row has changed. */
async function removeFromIndex(deps: Deps, connectorId: string): Promise<void> {
  const row = await deps.due.get(connectorId);
  const stored = row && (await deps.connectors.get(connectorId));
  if (row && !(stored && mayPoll(stored.connector))) await deps.due.remove(row);
}
