/** Does the work of the timers while the platform does not run them (docs/azure.md, "Timers that stop"). */
import type { Deps } from '../deps.ts';
import { queueDue } from '../ingest/poll-due.ts';
import { parkWatch } from '../ingest/watch-message.ts';
import { type HousekeepingLog, runHousekeeping } from './run-housekeeping.ts';

/** While the timers run. */
const WATCH_EVERY_MS = 5 * 60_000;
/** In their place. */
const TICK_EVERY_MS = 60_000;
const HOUSEKEEPING_EVERY_MS = 5 * 60_000;
/** A timer may be late, and its clock is not the storage's. */
const LATE_MS = 90_000;
const RETRY_SECONDS = 60;

/** `instead`: the timers are late, and their work was done here. */
export type Watched = 'dropped' | 'well' | 'instead' | 'failed';

/** One turn of the parked message that bears this token. */
export async function watchTimers(
  deps: Deps,
  token: string,
  log: HousekeepingLog,
): Promise<Watched> {
  let isLate: boolean | undefined;
  try {
    isLate = await parkNext(deps, token);
  } catch (error) {
    // A message that fails is given up after some tries: this one must outlast the storage's outage.
    log.failed('watch', error);
    await deps.pollQueue.send({ watch: token }, RETRY_SECONDS);
    return 'failed';
  }
  if (isLate === undefined) return 'dropped';
  if (!isLate) return 'well';
  const { heartbeats, storageClock } = deps;
  const { oldestOverdueMs } = await queueDue(deps, TICK_EVERY_MS);
  await heartbeats.sawOverdue(oldestOverdueMs);
  const nowMs = storageClock.nowMs();
  const { atMs } = await heartbeats.lastHousekeeping();
  if (nowMs - atMs > HOUSEKEEPING_EVERY_MS) await runHousekeeping(deps, log);
  return 'instead';
}

/** Parks the next message first: whatever fails after that is tried again then. Undefined: this one does not count. */
async function parkNext(deps: Deps, token: string): Promise<boolean | undefined> {
  const { heartbeats, storageClock } = deps;
  const mark = await heartbeats.watch();
  if (mark?.token !== token) return undefined;
  const { atMs, nextInMs } = await heartbeats.lastTick(storageClock);
  const isLate = storageClock.nowMs() - atMs > nextInMs + LATE_MS;
  await parkWatch(deps, mark, isLate ? TICK_EVERY_MS : WATCH_EVERY_MS);
  return isLate;
}
