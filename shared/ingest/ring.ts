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
import { type MakeDueDeps, makeDue } from './make-due.ts';

/** Rings poll a connector at most once in this time. */
export const RING_SPACING_MS = 5_000;

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
export async function ring(deps: MakeDueDeps, connector: Connector): Promise<void> {
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
  await makeDue(deps, connector, dueAtMs, { rangAtMs: nowMs, ringWaits: true });
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
  { status, storageClock }: Pick<Deps, 'status' | 'storageClock'>,
  connector: Connector,
  result: PollResult,
): Promise<PollResult> {
  if (connector.hookRef === undefined || result.kind !== 'done') return result;
  const known = await status.known(connector);
  if (!known.facts.ringWaits) return result;
  const nowMs = storageClock.nowMs();
  const atMs = ringDueAtMs(known, nowMs);
  if (atMs >= result.dueAtMs) return result;
  await status.merge(connector, { dueAtMs: atMs });
  return { kind: 'done', dueAtMs: atMs };
}
