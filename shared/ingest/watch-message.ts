/**
 * The one message that stays parked in the poll queue. It sends the polls that are due before the next
 * tick of the timer, and live polling continues with it when the timers stop (docs/azure.md, "Timers
 * that stop"). A row names the current message: copies, and messages that other instances parked at the
 * same moment, are dropped.
 */
import type { Deps } from '../deps.ts';
import type { WatchMark } from '../storage/heartbeats.ts';

/** A message may be late; after this time it counts as lost. */
const LOST_AFTER_MS = 3 * 60_000;
const FIRST_MS = 60_000;
/** Polls that are due within this time share one message. */
const SHORTEST_MS = 5_000;

type WatchDeps = Pick<Deps, 'heartbeats' | 'pollQueue' | 'storageClock' | 'chance'>;

/**
 * Parks a message if there is none, and sends a copy of a message that seems to be lost. `byMs` is the
 * instant at which the next poll is due: a message that is parked for later is replaced.
 */
export async function ensureWatch(deps: WatchDeps, byMs = Number.POSITIVE_INFINITY): Promise<void> {
  const mark = await deps.heartbeats.watch();
  const nowMs = deps.storageClock.nowMs();
  if (mark && nowMs > mark.dueAtMs + LOST_AFTER_MS)
    await deps.pollQueue.send({ watch: mark.token });
  else if (!mark || mark.dueAtMs > Math.max(byMs, nowMs) + SHORTEST_MS)
    await parkWatch(deps, mark, Math.min(byMs - nowMs, FIRST_MS));
}

/** The message is sent before the row names it: if the process dies in between, the previous message stays current. */
export async function parkWatch(
  { heartbeats, pollQueue, storageClock, chance }: WatchDeps,
  before: WatchMark | undefined,
  inMs: number,
): Promise<void> {
  const token = chance.uuid();
  const seconds = Math.ceil(Math.max(inMs, SHORTEST_MS) / 1000);
  await pollQueue.send({ watch: token }, seconds);
  await heartbeats.watchBy(before, token, storageClock.nowMs() + seconds * 1000);
}
