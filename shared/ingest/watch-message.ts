/**
 * The one message that stays parked in the poll queue, so that live goes on when the timers do not
 * (docs/azure.md, "Timers that stop"). A row names the message that counts: copies, and messages of others
 * who parked at the same moment, are dropped.
 */
import type { Deps } from '../deps.ts';
import type { WatchMark } from '../storage/heartbeats.ts';

/** A message may be late; after this time it is lost. */
const LOST_AFTER_MS = 3 * 60_000;
const FIRST_MS = 60_000;

type WatchDeps = Pick<Deps, 'heartbeats' | 'pollQueue' | 'storageClock' | 'chance'>;

/** Parks a message where there is none, and sends a copy of one that seems to be lost. */
export async function ensureWatch(deps: WatchDeps): Promise<void> {
  const mark = await deps.heartbeats.watch();
  if (!mark) await parkWatch(deps, undefined, FIRST_MS);
  else if (deps.storageClock.nowMs() > mark.dueAtMs + LOST_AFTER_MS)
    await deps.pollQueue.send({ watch: mark.token });
}

/** The message is sent before the row names it: cut off in between, the one before still counts. */
export async function parkWatch(
  { heartbeats, pollQueue, storageClock, chance }: WatchDeps,
  before: WatchMark | undefined,
  inMs: number,
): Promise<void> {
  const token = chance.uuid();
  await pollQueue.send({ watch: token }, Math.ceil(inMs / 1000));
  await heartbeats.watchBy(before, token, storageClock.nowMs() + inMs);
}
