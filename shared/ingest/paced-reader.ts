/**
 * Reads the pages of one connector at the governor's pace. Short waits are spent here. A wait of more
 * than five seconds is returned to the caller, which uses a durable timer or a delayed message.
 */
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { floorOf, type Governor, type Sender, waitBeforeSendMs } from '../okta/governor.ts';
import { type LogsFailed, type LogsPage, type LogsThrottled, readLogsPage } from '../okta/logs.ts';
import { underPresentName } from '../okta/logs-url.ts';
import type { OktaAccess } from '../okta/transport.ts';
import type { Connector } from '../storage/connectors.ts';
import type { StorageClock } from '../storage/table.ts';
import type { Token } from '../token.ts';

/** The longest wait inside a function. */
const MAX_HELD_WAIT_MS = 5_000;
/** Okta aborts a query after 30 s (docs/okta.md, "Query time-out"). */
const REQUEST_TIMEOUT_MS = 45_000;

export type ReadOutcome =
  | LogsPage
  | LogsThrottled
  | LogsFailed
  /** The governor requires a wait that is too long for a function. No request was sent. */
  | { kind: 'wait'; waitMs: number };

export type ReadPage = (url: string, signal: AbortSignal) => Promise<ReadOutcome>;

export interface ReaderDeps extends OktaAccess {
  governor: Governor;
  clock: Clock;
  storageClock: StorageClock;
  config: Pick<Config, 'rateLimitReservePercent'>;
}

export function pacedReader(
  { transport, chance, governor, clock, storageClock, config }: ReaderDeps,
  connector: Connector,
  token: Token,
  sender: Omit<Sender, 'firstOfRun'>,
): ReadPage {
  const access = { transport, chance };
  const hosts = new Set(connector.hosts);
  let lastSentAtMs: number | undefined;
  let firstOfRun = true;

  const waitMs = () =>
    waitBeforeSendMs(
      governor.seen(connector.id),
      { ...sender, firstOfRun },
      lastSentAtMs,
      storageClock.nowMs(),
      config.rateLimitReservePercent,
    );

  return async (url, signal) => {
    // Recomputed after each sleep: a reply to another chain may have changed the remaining wait.
    for (let wait = waitMs(); wait > 0; wait = waitMs()) {
      if (wait > MAX_HELD_WAIT_MS) return { kind: 'wait', waitMs: Math.ceil(wait) };
      await clock.sleep(wait, signal);
    }
    firstOfRun = false;
    lastSentAtMs = storageClock.nowMs();
    const limit = governor.seen(connector.id)?.limit ?? 0;
    const floor = floorOf(limit, sender.chains, config.rateLimitReservePercent);
    governor.sending(connector.id, floor, lastSentAtMs);
    const outcome = await readLogsPage(access, {
      url: underPresentName(url, connector.origin),
      token,
      hosts,
      timeoutMs: REQUEST_TIMEOUT_MS,
      signal,
    });
    if (outcome.rate) {
      const seen = { ...outcome.rate, seenAtMs: storageClock.nowMs() };
      governor.saw(connector.id, seen, outcome.kind === 'throttled' ? 'refused' : undefined);
    }
    if (outcome.kind !== 'page' || outcome.next === undefined) return outcome;
    return { ...outcome, next: underPresentName(outcome.next, connector.origin) };
  };
}
