/**
 * One live run: polls a connector under its lease until it is caught up, the time budget is spent, or a
 * wait is required. Uses only polling mode (docs/okta.md, "Polling and bounded queries"): `since`
 * without `until`, ascending, then always Okta's own next link.
 */
import { timeBudget } from '../clock.ts';
import type { Deps } from '../deps.ts';
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import { failedRead, type LogsPage } from '../okta/logs.ts';
import { isPollingUrl } from '../okta/logs-url.ts';
import { badResponse } from '../okta/problems.ts';
import type { Stored } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import { isOfRegistration, type LivePosition } from '../storage/positions.ts';
import { addRange, type TimeRange } from '../time-ranges.ts';
import type { Token } from '../token.ts';
import type { Chain } from './chain.ts';
import { type IngestOutcome, ingestPages, type Step } from './ingest-pages.ts';
import { concludeLive, type PollResult } from './live-outcome.ts';
import { backToFullPages } from './live-restart.ts';
import { mayPoll } from './may-poll.ts';
import { pacedReader, type ReadPage } from './paced-reader.ts';
import { answerRing, pollAtMs, withLaterRing } from './ring.ts';
import { type LeasedRun, runUnderLease } from './run-under-lease.ts';

/**
 * A process polls up to 192 connectors at once (host.json). Most polls hold a few events; so many of
 * these may hold full pages, for example after an outage of Okta.
 */
export const CATCH_UPS_AT_ONCE = 24;
/** After this time without a success, a poll is expected to hold full pages. */
const BEHIND_MS = 10 * 60_000;

/** The longest time that a run reads while other connectors wait. */
const RUN_BUDGET_MS = 20_000;
/** A timer may be early, and the storage's time is known to about one second. */
export const DUE_TOLERANCE_MS = 2_000;

/**
 * The newest event of a page that counts as current is at most this old. With short poll intervals,
 * this is less than the number of intervals after which live polling counts as late, so a caught-up
 * connector is never shown as late.
 */
const OF_THIS_MOMENT_MS = 120_000;
const OF_THIS_MOMENT_INTERVALS = 5;

/** A connector that is not due, or is held by another runner, is left alone. */
export async function pollConnector(deps: Deps, connectorId: string): Promise<PollResult> {
  const stored = await deps.connectors.get(connectorId);
  if (!stored || !mayPoll(stored.connector)) return { kind: 'gone' };
  const { connector } = stored;
  const known = await deps.checkpoints.forPoll(connector);
  const { facts, rate, live } = known;
  const nowMs = deps.storageClock.nowMs();
  const dueAtMs = pollAtMs(known, nowMs);
  const earlyMs = facts.ringWaits ? 0 : DUE_TOLERANCE_MS;
  if (dueAtMs > nowMs + earlyMs) return { kind: 'notDue', dueAtMs };

  const run: LeasedRun<LivePosition, PollResult> = {
    kind: 'live',
    rate,
    // A ring during a poll needs the lease: its message must find the connector held.
    isMostlyIdle: connector.hookRef === undefined,
    load: liveLoader(deps, connector, live),
    read: async (chain, token) => {
      await answerRing(deps, connector, known);
      return await readOn(deps, connector, chain, token);
    },
    conclude: (run) => concludeLive({ ...run, connector, facts }),
    held: { kind: 'dropped' },
    rotated: { kind: 'again' },
  };
  const isBehind = !facts.caughtUp || nowMs - (facts.lastSuccessAtMs ?? 0) > BEHIND_MS;
  const poll = () => runUnderLease(deps, connector, run);
  const result = await (isBehind ? deps.catchUps.run(poll) : poll());
  return await withLaterRing(deps, connector, result);
}

/**
 * Loads the live chain of this registration, the first time from rows that are already read. The chain of
 * an earlier registration is not touched.
 */
function liveLoader(
  { checkpoints }: Deps,
  connector: Connector,
  read: () => Stored<LivePosition> | undefined,
) {
  let isFirst = true;
  return async () => {
    const live = isFirst ? read() : await checkpoints.live(connector.id);
    isFirst = false;
    return live && isOfRegistration(live.value, connector) ? live : undefined;
  };
}

async function readOn(
  deps: Deps,
  connector: Connector,
  chain: Chain<LivePosition>,
  token: Token,
): Promise<IngestOutcome<LivePosition>> {
  const pollIntervalMs = connector.pollIntervalSeconds * 1000;
  const sender = { kind: 'live' as const, chains: 1, liveBehind: false, pollIntervalMs };
  return await ingestPages<LivePosition>({
    chain,
    readPage: withNextLink(pacedReader(deps, connector, token, sender)),
    writer: deps.sink.open({
      connectorId: connector.id,
      generation: connector.generation,
      name: 'live',
      source: 'live',
    }),
    follow: (page, position) => follow(page, position, connector.pollIntervalSeconds),
    outOfTime: timeBudget(deps.clock, RUN_BUDGET_MS),
  });
}

/**
 * In polling mode every page has a next link with a new position: a full page without it was changed in
 * transit. A next link that is not a polling link would silently leave out events (docs/okta.md, "Only
 * polling links", "End of polling").
 */
const withNextLink =
  (read: ReadPage): ReadPage =>
  async (url, signal) => {
    const page = await read(url, signal);
    if (page.kind !== 'page') return page;
    const isFull = page.events.length >= page.limit;
    if (isFull && page.next === undefined)
      return failedRead(badResponse('a full page without a next link'));
    if (isFull && page.next === page.self)
      return failedRead(badResponse('a full page whose next link leads back to itself'));
    if (page.next !== undefined && !isPollingUrl(page.next))
      return failedRead(badResponse('a next link that is not one of polling'));
    return page;
  };

/**
 * The next position after a polling page. Okta does not guarantee full pages, so a short page alone
 * does not prove the end (docs/okta.md, "End of polling"). Without a next link the cursor stays where
 * it is (docs/okta.md, "Missing next link").
 */
export function follow(
  page: LogsPage,
  position: LivePosition,
  pollIntervalSeconds: number,
): Step<LivePosition> {
  const nextUrl = page.next ?? page.self;
  const caughtUpAtMs = endOf(page, nextUrl, pollIntervalSeconds);
  const gap = missed(position, page.dateMs);
  const fullPages = backToFullPages(page, position);
  return {
    nextUrl: fullPages ?? nextUrl,
    more: caughtUpAtMs === undefined,
    change: {
      ...(caughtUpAtMs === undefined
        ? {}
        : { caughtUpAtMs: Math.max(caughtUpAtMs, position.caughtUpAtMs ?? 0) }),
      // Tried only once: an org may return smaller pages in its links, whatever size was requested.
      ...(fullPages ? { smallerPagesAtMs: undefined } : {}),
      ...(gap ? { gaps: addRange(position.gaps, gap) } : {}),
    },
  };
}

/**
 * The time, by Okta's clock, up to which all committed events were read; undefined when the page is not
 * the end. An empty page, or a link back to the same page, proves the end. A short current page also
 * counts as the end and saves the extra request: later pages hold only events committed after its
 * newest event.
 */
function endOf(
  { events, limit, self, dateMs }: LogsPage,
  nextUrl: string,
  pollIntervalSeconds: number,
): number | undefined {
  if (events.length === 0 || nextUrl === self) return dateMs;
  if (events.length >= limit) return undefined;
  const withinMs = Math.min(
    OF_THIS_MOMENT_MS,
    OF_THIS_MOMENT_INTERVALS * pollIntervalSeconds * 1000,
  );
  const fresh = events
    .map(({ publishedMs }) => publishedMs)
    // Events dated in the future say nothing about the present.
    .filter((ms) => ms !== undefined && Math.abs(dateMs - ms) <= withinMs) as number[];
  return fresh.length === 0 ? undefined : Math.min(dateMs, Math.max(...fresh));
}

/**
 * The gap after an outage that was longer than Okta's retention (docs/okta.md, "Long outages").
 * Measured from the last success, because the last event of a quiet org may be old. While polling
 * catches up, the last page read marks the progress instead.
 */
function missed(position: LivePosition, dateMs: number): TimeRange | undefined {
  const { caughtUpAtMs, startedAtMs, newestPublishedMs = 0 } = position;
  const readToMs = Math.max(caughtUpAtMs ?? startedAtMs, newestPublishedMs);
  const keptFromMs = dateMs - OKTA_RETENTION_MS;
  return readToMs < keptFromMs ? { fromMs: readToMs, toMs: keptFromMs } : undefined;
}
