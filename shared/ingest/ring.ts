/**
 * A ring: Okta's event hook says that there are new events (docs/architecture.md, "Event hooks"). It makes
 * the connector due; the events are read by the next poll, as always.
 *
 * A mark in the facts says that a ring waits. A poll removes the mark before its first request, so a ring
 * that finds the mark needs no poll of its own, and a ring that finds none is never lost, however the
 * clocks of the instances differ.
 */
import type { Deps } from '../deps.ts';
import type { Connector } from '../storage/connectors.ts';
import type { Known } from '../storage/status-facts.ts';
import type { PollResult } from './live-outcome.ts';
import { writeDue } from './make-due.ts';
import { mayPoll } from './may-poll.ts';

/** Rings poll a connector at most once in this time. */
export const RING_SPACING_MS = 5_000;

/** A later poll is sent by the timer: delayed messages make the platform start instances. */
const LONGEST_DELAY_MS = 60_000;
/** The clocks of storage and queue differ: a message that comes early would wait for the parked one. */
const LATE_BY_MS = 500;

type RingDeps = Pick<Deps, 'due' | 'status' | 'pollQueue' | 'storageClock'>;

/** The end of the time in which no poll follows the last poll. */
function endOfSpacingMs({ facts }: Known, nowMs: number): number {
  const lastPollAtMs = Math.max(facts.lastAttemptAtMs ?? 0, facts.ringPolledAtMs ?? 0);
  // After a leap of the clock, a time in the future delays no more than one of this moment.
  return Math.min(lastPollAtMs, nowMs) + RING_SPACING_MS;
}

/**
 * The time of the poll that answers a ring: now, but not within five seconds of the last poll, and not
 * before a wait after a 429 or after a failure has ended.
 */
export function ringDueAtMs(known: Known, nowMs: number): number {
  const { facts, rate } = known;
  const retryAtMs = facts.liveError ? (facts.dueAtMs ?? 0) : 0;
  return Math.max(nowMs, endOfSpacingMs(known, nowMs), rate.throttledUntilMs ?? 0, retryAtMs);
}

/**
 * Makes the connector due. Rings of the same five seconds cost no write. A disabled connector is not
 * polled: only the time of the ring is kept.
 */
export async function ring(deps: RingDeps, connector: Connector): Promise<void> {
  const known = await deps.status.known(connector);
  const nowMs = deps.storageClock.nowMs();
  const { rangAtMs = 0, ringWaits, dueAtMs = 0 } = known.facts;
  const isNews = Math.abs(nowMs - rangAtMs) >= RING_SPACING_MS;
  const atMs = ringDueAtMs(known, nowMs);
  // A mark whose poll is overdue is written again, in case that the message was lost.
  const isPlanned = ringWaits && (!isNews || (dueAtMs > nowMs && dueAtMs <= atMs));
  if (mayPoll(connector) && !isPlanned)
    await pollAt(deps, connector, Math.min(atMs, dueAtMs || atMs), nowMs);
  else if (isNews) await deps.status.merge(connector, { rangAtMs: nowMs });
}

async function pollAt(
  deps: RingDeps,
  connector: Connector,
  dueAtMs: number,
  nowMs: number,
): Promise<void> {
  const sentAtMs = sentAt(dueAtMs, nowMs);
  await writeDue(deps, connector, { dueAtMs, sentAtMs }, { rangAtMs: nowMs, ringWaits: true });
  if (sentAtMs !== undefined) await sendPoll(deps, connector.id, dueAtMs, nowMs);
}

/**
 * The poll for a ring has a message of its own: the parked message is known to five seconds only, and a
 * poll that has just ended may set the index to the end of the interval in the same moment. Undefined for
 * a poll that is left to the timer. The message counts as lost some time after the poll is due.
 */
const sentAt = (dueAtMs: number, nowMs: number): number | undefined =>
  dueAtMs - nowMs > LONGEST_DELAY_MS ? undefined : Math.max(nowMs, dueAtMs);

async function sendPoll(
  { pollQueue }: Pick<Deps, 'pollQueue'>,
  connectorId: string,
  dueAtMs: number,
  nowMs: number,
): Promise<void> {
  const delayMs = dueAtMs - nowMs;
  const delaySeconds = delayMs <= 0 ? 0 : Math.ceil((delayMs + LATE_BY_MS) / 1000);
  await pollQueue.send({ connectorIds: [connectorId] }, delaySeconds);
}

/** When a connector may be polled: by its interval, or because a ring waits. */
export function pollAtMs(known: Known, nowMs: number): number {
  const { dueAtMs = 0, ringWaits } = known.facts;
  if (!ringWaits) return dueAtMs;
  const byIntervalMs = Math.max(dueAtMs, endOfSpacingMs(known, nowMs));
  return Math.min(ringDueAtMs(known, nowMs), byIntervalMs);
}

/** Called by a poll before its first request: from here on, a ring needs another poll. */
export async function answerRing(
  { status, storageClock }: Pick<Deps, 'status' | 'storageClock'>,
  connector: Connector,
  { facts }: Known,
): Promise<void> {
  if (!facts.ringWaits) return;
  await status.merge(connector, { ringWaits: false, ringPolledAtMs: storageClock.nowMs() });
}

/**
 * The result of a poll of a connector with an event hook. The end of a poll sets the next due time, and so
 * hides the time of a ring that came during the poll.
 */
export async function withLaterRing(
  deps: Pick<Deps, 'status' | 'storageClock' | 'pollQueue'>,
  connector: Connector,
  result: PollResult,
): Promise<PollResult> {
  if (connector.hookRef === undefined || result.kind !== 'done') return result;
  const known = await deps.status.known(connector);
  if (!known.facts.ringWaits) return result;
  const nowMs = deps.storageClock.nowMs();
  const dueAtMs = ringDueAtMs(known, nowMs);
  const sentAtMs = sentAt(dueAtMs, nowMs);
  if (dueAtMs >= result.dueAtMs || sentAtMs === undefined) return result;
  await deps.status.merge(connector, { dueAtMs });
  await sendPoll(deps, connector.id, dueAtMs, nowMs);
  return { kind: 'done', dueAtMs, sentAtMs };
}
