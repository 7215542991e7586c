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

/** Rings poll a connector at most once in this time. */
export const RING_SPACING_MS = 5_000;

type RingDeps = Pick<Deps, 'status' | 'storageClock' | 'pollQueue'>;

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
  const { facts } = known;
  const nowMs = deps.storageClock.nowMs();
  // A mark that still waits after this time is written again, in case that its poll was lost.
  const isNews = Math.abs(nowMs - (facts.rangAtMs ?? 0)) >= RING_SPACING_MS;
  if (connector.state !== 'active' || !connector.enabled) {
    if (isNews) await deps.status.merge(connector, { rangAtMs: nowMs });
    return;
  }
  if (facts.ringWaits && !isNews) return;
  const atMs = ringDueAtMs(known, nowMs);
  const dueAtMs = Math.min(atMs, facts.dueAtMs ?? atMs);
  await deps.status.merge(connector, { rangAtMs: nowMs, ringWaits: true, dueAtMs });
  const isPlanned = dueAtMs > nowMs && dueAtMs < atMs;
  if (!isPlanned) await deps.pollQueue.send({ connectorId: connector.id }, secondsTo(atMs, nowMs));
}

/** How long a poll has to wait so that it is not too close to the last; undefined when it may begin. */
export function secondsTooEarly(known: Known, nowMs: number): number | undefined {
  const waitMs = known.facts.ringWaits ? endOfSpacingMs(known, nowMs) - nowMs : 0;
  return waitMs > 0 ? secondsTo(nowMs + waitMs, nowMs) : undefined;
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
  { status, storageClock }: Pick<Deps, 'status' | 'storageClock'>,
  connector: Connector,
  result: PollResult,
): Promise<PollResult> {
  if (connector.hookRef === undefined || result.kind === 'dropped') return result;
  const known = await status.known(connector);
  if (!known.facts.ringWaits) return result;
  const nowMs = storageClock.nowMs();
  const atMs = ringDueAtMs(known, nowMs);
  if (atMs >= (known.facts.dueAtMs ?? Number.POSITIVE_INFINITY)) return result;
  await status.merge(connector, { dueAtMs: atMs });
  return { kind: 'again', delaySeconds: secondsTo(atMs, nowMs) };
}

/** The timer sends a message for a later poll. */
const LONGEST_DELAY_SECONDS = 50 * 60;
const secondsTo = (atMs: number, nowMs: number): number =>
  Math.min(Math.max(0, Math.ceil((atMs - nowMs) / 1000)), LONGEST_DELAY_SECONDS);
