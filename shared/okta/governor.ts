/**
 * The governor paces requests below Okta's limit. Okta's limit headers are the token bucket that
 * all runs on all instances share (docs/okta.md, "Shared limit"). Each reply holds the remaining
 * requests, which determine the pace of the next request. So the app slows down for other clients,
 * and other clients do not slow down for the app.
 */
import type { ChainKind } from '../enumerations.ts';
import type { RateLimit } from './rate-limit.ts';

/** The chain that sends, and its competitors. */
export interface Sender {
  kind: ChainKind;
  /** The first page of a live run may go below the floor, once in a poll interval. */
  firstOfRun: boolean;
  /** Only live polling goes below the floor; 0 for others. */
  pollIntervalMs: number;
  /**
   * The open chains of this kind, which share the pace: 1 for live, the open slices for a backfill.
   */
  chains: number;
  /** Live is not caught up: backfill uses a tenth at most. */
  liveBehind: boolean;
}

/** The latest known limit, with its time by the clock of the storage service. */
export type SeenLimit = RateLimit & {
  seenAtMs: number;
  /** The time of the last request below the floor. */
  belowFloorAtMs?: number | undefined;
};

const BACKFILL_SHARE_WHILE_LIVE_IS_BEHIND = 0.1;
/** Okta's `Date` and `Reset` are whole seconds: the new window is certain one second later. */
const RESET_MARGIN_MS = 1000;

/**
 * Requests that the app never uses: the customer's reserve, and room for requests in flight (one for
 * each chain, and one for the other kind).
 */
export function floorOf(limit: number, chains: number, reservePercent: number): number {
  return Math.max(Math.ceil((reservePercent / 100) * limit), chains + 1 + 2);
}

/**
 * The wait before the next request of this chain, in milliseconds.
 *
 * The requests above the floor are spread over the time to the reset and shared by the chains. The
 * interval counts from the chain's last request, so that a slow page does not slow the chain twice.
 */
export function waitBeforeSendMs(
  seen: SeenLimit | undefined,
  sender: Sender,
  lastSentAtMs: number | undefined,
  nowMs: number,
  reservePercent: number,
): number {
  if (!seen) return 0;
  const toResetMs = msToReset(seen, nowMs);
  if (toResetMs <= -RESET_MARGIN_MS) return 0;

  const spare = seen.remaining - floorOf(seen.limit, sender.chains, reservePercent);
  const yields = sender.kind === 'backfill' && sender.liveBehind;
  const share = yields ? spare * BACKFILL_SHARE_WHILE_LIVE_IS_BEHIND : spare;
  const untilResetMs = Math.max(toResetMs, 0) + RESET_MARGIN_MS;
  if (share < 1) return Math.min(untilResetMs, untilBelowFloorMs(seen, sender, nowMs));
  if (lastSentAtMs === undefined) return 0;

  const intervalMs = (Math.max(toResetMs, 0) * sender.chains) / share;
  return Math.min(Math.max(0, lastSentAtMs + intervalMs - nowMs), untilResetMs);
}

/**
 * The wait until this page may go below the floor. A manual poll does not add to the polls of the
 * interval.
 */
function untilBelowFloorMs(
  { remaining, belowFloorAtMs = Number.NEGATIVE_INFINITY }: SeenLimit,
  { kind, firstOfRun, pollIntervalMs }: Sender,
  nowMs: number,
): number {
  const may = kind === 'live' && firstOfRun && remaining > 0;
  return may ? Math.max(0, belowFloorAtMs + pollIntervalMs - nowMs) : Number.POSITIVE_INFINITY;
}

/** Okta's clock at the time of the reply, plus the time since then by the app's clock. */
const msToReset = ({ resetAtMs, dateMs, seenAtMs }: SeenLimit, nowMs: number): number =>
  resetAtMs - dateMs - Math.max(0, nowMs - seenAtMs);

const laterOf = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);

/**
 * The limit of each token as known in this process. It is only a cache: a run starts with the limit
 * that the last run on any instance stored, and every reply corrects it.
 */
export class Governor {
  readonly #seen = new Map<string, SeenLimit>();

  seen(connectorId: string): SeenLimit | undefined {
    return this.#seen.get(connectorId);
  }

  /**
   * Replies of parallel chains arrive out of order, so within a window the lowest remaining count
   * applies. A refusal (429) always applies: no requests are left until its reset.
   */
  saw(connectorId: string, limit: SeenLimit, refused?: 'refused'): void {
    const before = this.#seen.get(connectorId);
    const belowFloorAtMs = laterOf(before?.belowFloorAtMs, limit.belowFloorAtMs);
    if (refused) {
      this.#seen.set(connectorId, { ...limit, remaining: 0, belowFloorAtMs });
      return;
    }
    const sameWindow = before?.resetAtMs === limit.resetAtMs && before.limit === limit.limit;
    const isOver = before && msToReset(before, limit.seenAtMs) <= 0;
    if (before && !isOver && before.resetAtMs > limit.resetAtMs) {
      this.#seen.set(connectorId, { ...before, belowFloorAtMs });
      return;
    }
    const remaining = sameWindow ? Math.min(before.remaining, limit.remaining) : limit.remaining;
    this.#seen.set(connectorId, { ...limit, remaining, belowFloorAtMs });
  }

  /** Counts a request in flight, before Okta's reply does. */
  sending(connectorId: string, floor: number, nowMs: number): void {
    const before = this.#seen.get(connectorId);
    if (!before) return;
    const isOver = msToReset(before, nowMs) <= -RESET_MARGIN_MS;
    const isBelow = !isOver && before.remaining - floor < 1;
    this.#seen.set(connectorId, {
      ...before,
      remaining: before.remaining - 1,
      ...(isBelow ? { belowFloorAtMs: nowMs } : {}),
    });
  }
}
