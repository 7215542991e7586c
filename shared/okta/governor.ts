/**
 * The governor keeps us off Okta's limit. Okta's own headers are the token bucket that all runners,
 * here and on other instances, share (docs/okta.md, "Shared limit"): each reply says what is left,
 * and the pace of the next request follows from it, so that another client's use slows us and never
 * the other way round.
 */
import type { ChainKind } from '../enumerations.ts';
import type { RateLimit } from './rate-limit.ts';

/** Who wants to send, and beside whom. */
export interface Sender {
  kind: ChainKind;
  /** The first page of a live run may go below the floor. */
  firstOfRun: boolean;
  /** Chains of this kind that are open: they share the pace. Live is one, a backfill has its slices. */
  chains: number;
  /** Live is not caught up: backfill takes a tenth at most. */
  liveBehind: boolean;
}

/** A limit as last seen, `seenAtMs` by the clock that all instances share: the storage's. */
export type SeenLimit = RateLimit & { seenAtMs: number };

const BACKFILL_SHARE_WHILE_LIVE_IS_BEHIND = 0.1;
/** Okta's `Date` and `Reset` are whole seconds: the new window is certain one second later. */
const RESET_MARGIN_MS = 1000;

/**
 * Requests never spent by us: the customer's reserve, and room for what may be in flight, one for each
 * chain and one for the other kind.
 */
export function floorOf(limit: number, chains: number, reservePercent: number): number {
  return Math.max(Math.ceil((reservePercent / 100) * limit), chains + 1 + 2);
}

/**
 * How long to wait before the next request of this chain, in milliseconds.
 *
 * What is left above the floor is spread over the time to the reset and shared by the chains. The
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
  if (sender.kind === 'live' && sender.firstOfRun && seen.remaining > 0) return 0;

  const spare = seen.remaining - floorOf(seen.limit, sender.chains, reservePercent);
  const yields = sender.kind === 'backfill' && sender.liveBehind;
  const share = yields ? spare * BACKFILL_SHARE_WHILE_LIVE_IS_BEHIND : spare;
  const untilResetMs = Math.max(toResetMs, 0) + RESET_MARGIN_MS;
  if (share < 1) return untilResetMs;
  if (lastSentAtMs === undefined) return 0;

  const intervalMs = (Math.max(toResetMs, 0) * sender.chains) / share;
  return Math.min(Math.max(0, lastSentAtMs + intervalMs - nowMs), untilResetMs);
}

/** By Okta's clock when it was seen, and by ours since then. */
const msToReset = ({ resetAtMs, dateMs, seenAtMs }: SeenLimit, nowMs: number): number =>
  resetAtMs - dateMs - Math.max(0, nowMs - seenAtMs);

/**
 * What this process knows of each token's limit. A cache and no more: a run starts from what the
 * last one, here or elsewhere, left in Table Storage, and every reply corrects it.
 */
export class Governor {
  readonly #seen = new Map<string, SeenLimit>();

  seen(connectorId: string): SeenLimit | undefined {
    return this.#seen.get(connectorId);
  }

  /** Replies of parallel chains arrive out of order: within one window the lowest remaining counts. */
  saw(connectorId: string, limit: SeenLimit): void {
    const before = this.#seen.get(connectorId);
    const sameWindow = before?.resetAtMs === limit.resetAtMs && before.limit === limit.limit;
    const isOver = before && msToReset(before, limit.seenAtMs) <= 0;
    if (before && !isOver && before.resetAtMs > limit.resetAtMs) return;
    const remaining = sameWindow ? Math.min(before.remaining, limit.remaining) : limit.remaining;
    this.#seen.set(connectorId, { ...limit, remaining });
  }

  /** Counts a request that is on its way, before Okta's reply says so. */
  sending(connectorId: string): void {
    const before = this.#seen.get(connectorId);
    if (before) this.#seen.set(connectorId, { ...before, remaining: before.remaining - 1 });
  }
}
