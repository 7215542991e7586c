/**
 * Handles the parked message: sends the polls that are due before the next tick, and does the timers'
 * work while the platform does not run them (docs/azure.md, "Timers that stop").
 */
import type { Deps } from '../deps.ts';
import { sendDue } from '../ingest/send-due.ts';
import { parkWatch } from '../ingest/watch-message.ts';
import { dailyShare, type HousekeepingLog, runHousekeeping } from './run-housekeeping.ts';

/** While the timers run. */
const WATCH_EVERY_MS = 5 * 60_000;
/** While the timers do not run. */
const TICK_EVERY_MS = 60_000;
const HOUSEKEEPING_EVERY_MS = 5 * 60_000;
/** A timer may be late, and its clock differs from the storage's. */
const LATE_MS = 90_000;
const RETRY_SECONDS = 60;

/** `instead`: the timers are late, and this message did their work. */
export type Watched = 'dropped' | 'well' | 'instead' | 'failed';

/** Handles the parked message with this token. `reconciledShare` is that of `runHousekeeping`. */
export async function watchTimers(
  deps: Deps,
  token: string,
  log: HousekeepingLog,
  reconciledShare = dailyShare,
): Promise<Watched> {
  let isLate: boolean | undefined;
  try {
    isLate = await sendAndPark(deps, token);
  } catch (error) {
    // A message that keeps failing is moved to the poison queue: this one must outlast an outage of
    // the storage.
    log.failed('watch', error);
    await deps.pollQueue.send({ watch: token }, RETRY_SECONDS);
    return 'failed';
  }
  if (isLate === undefined) return 'dropped';
  if (!isLate) return 'well';
  const { heartbeats, storageClock } = deps;
  const nowMs = storageClock.nowMs();
  const { atMs } = await heartbeats.lastHousekeeping();
  if (nowMs - atMs > HOUSEKEEPING_EVERY_MS) await runHousekeeping(deps, log, reconciledShare);
  return 'instead';
}

/**
 * Returns whether the timers are late; undefined for a message that is not the current one. The next
 * message is parked last, for the time of the next poll: until then a repeated delivery of this one
 * repeats the work.
 */
async function sendAndPark(deps: Deps, token: string): Promise<boolean | undefined> {
  const { heartbeats, storageClock } = deps;
  const mark = await heartbeats.watch();
  if (mark?.token !== token) return undefined;
  const { atMs, nextInMs } = await heartbeats.lastTick(storageClock);
  const nowMs = storageClock.nowMs();
  const isLate = nowMs - atMs > nextInMs + LATE_MS;
  const { oldestOverdueMs, nextAtMs = Number.POSITIVE_INFINITY } = await sendDue(
    deps,
    TICK_EVERY_MS,
  );
  if (isLate) await heartbeats.sawOverdue(oldestOverdueMs);
  const longestMs = isLate ? TICK_EVERY_MS : WATCH_EVERY_MS;
  await parkWatch(deps, mark, Math.min(nextAtMs - nowMs, longestMs));
  return isLate;
}
