/**
 * The one message that stays parked in the poll queue, so that live polling continues when the timers stop
 * (docs/azure.md, "Timers that stop"). A row names the current message: copies, and messages that
 * other instances parked at the same moment, are dropped.
 */
import type { Deps } from '../deps.ts';
import type { WatchMark } from '../storage/heartbeats.ts';

/** A message may be late; after this time it counts as lost. */
const LOST_AFTER_MS = 3 * 60_000;
const FIRST_MS = 60_000;

type WatchDeps = Pick<Deps, 'heartbeats' | 'pollQueue' | 'storageClock' | 'chance'>;

/** Parks a message if there is none, and sends a copy of a message that seems to be lost. */
export async function ensureWatch(deps: WatchDeps): Promise<void> {
  const mark = await deps.heartbeats.watch();
  if (!mark) await parkWatch(deps, undefined, FIRST_MS);
  else if (deps.storageClock.nowMs() > mark.dueAtMs + LOST_AFTER_MS)
    await deps.pollQueue.send({ watch: mark.token });
}

/** The message is sent before the row names it: if the process dies in between, the previous message stays current. */
export async function parkWatch(
  { heartbeats, pollQueue, storageClock, chance }: WatchDeps,
  before: WatchMark | undefined,
  inMs: number,
): Promise<void> {
  const token = chance.uuid();
  await pollQueue.send({ watch: token }, Math.ceil(inMs / 1000));
  await heartbeats.watchBy(before, token, storageClock.nowMs() + inMs);
}
