/**
 * One live run: polls a connector under its lease until it is caught up, out of time, or told to
 * wait. Polling mode only (docs/okta.md, "Polling and bounded queries"): `since` without `until`,
 * ascending, then always Okta's own next link.
 */
import { timeBudget } from '../clock.ts';
import type { Deps } from '../deps.ts';
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import { failedRead, type LogsPage } from '../okta/logs.ts';
import { isPollingUrl } from '../okta/logs-url.ts';
import { badResponse } from '../okta/problems.ts';
import type { Connector } from '../storage/connectors.ts';
import { isOfRegistration, type LivePosition } from '../storage/positions.ts';
import { addRange, type TimeRange } from '../time-ranges.ts';
import type { Token } from '../token.ts';
import type { Chain } from './chain.ts';
import { type IngestOutcome, ingestPages, type Step } from './ingest-pages.ts';
import { concludeLive, type PollResult } from './live-outcome.ts';
import { backToFullPages } from './live-restart.ts';
import { pacedReader, type ReadPage } from './paced-reader.ts';
import { runUnderLease } from './run-under-lease.ts';

/** How long a run reads on while other connectors wait for their turn. */
const RUN_BUDGET_MS = 20_000;
/** A message shows up in whole seconds and the storage's time is known to about one. */
const DUE_TOLERANCE_MS = 2_000;

/**
 * The newest event of a page that is of this moment is at most this old. Where polls are frequent, it
 * is fewer intervals than make live late, so that the end of polling never looks late.
 */
const OF_THIS_MOMENT_MS = 120_000;
const OF_THIS_MOMENT_INTERVALS = 5;

/** A message that is not due, or whose connector is held by another runner, is dropped. */
export async function pollConnector(deps: Deps, connectorId: string): Promise<PollResult> {
  const stored = await deps.connectors.get(connectorId);
  if (!stored) return { kind: 'dropped' };
  const { connector } = stored;
  if (connector.state !== 'active' || !connector.enabled) return { kind: 'dropped' };
  const facts = await deps.status.facts(connector);
  const nowMs = deps.storageClock.nowMs();
  if ((facts.dueAtMs ?? 0) > nowMs + DUE_TOLERANCE_MS) return { kind: 'dropped' };

  return await runUnderLease<LivePosition, PollResult>(deps, connector, {
    kind: 'live',
    load: () => liveOf(deps, connector),
    read: (chain, token) => readOn(deps, connector, chain, token),
    conclude: (run) => concludeLive({ ...run, connector, facts }),
    held: { kind: 'dropped' },
    rotated: { kind: 'again', delaySeconds: 0 },
  });
}

/** The live chain of this registration: what an earlier one has left behind is not touched. */
async function liveOf({ checkpoints }: Deps, connector: Connector) {
  const live = await checkpoints.live(connector.id);
  return live && isOfRegistration(live.value, connector) ? live : undefined;
}

async function readOn(
  deps: Deps,
  connector: Connector,
  chain: Chain<LivePosition>,
  token: Token,
): Promise<IngestOutcome> {
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
 * Polling always names a next link that leads on: a full page without it was changed on the way. A
 * next link that is no polling link would silently leave events out (docs/okta.md, "Only polling
 * links", "End of polling").
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
 * Where a page of polling leads. Okta promises full pages nowhere, so a short page alone is no end
 * (docs/okta.md, "End of polling"). Without a next link the cursor stays where it is (docs/okta.md,
 * "Missing next link").
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
      // Tried once: an org may name smaller pages in its links whatever it is asked for.
      ...(fullPages ? { smallerPagesAtMs: undefined } : {}),
      ...(gap ? { gaps: addRange(position.gaps, gap) } : {}),
    },
  };
}

/**
 * The time up to which everything committed has been read, by Okta's clock; undefined for a page that
 * is not the end. An empty page and a link that leads back to itself prove the end. A short page of
 * this moment is taken for it, so that no request is spent on the proof: what follows it was
 * committed later than its newest event.
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
    // What claims to be of the future says nothing of the present.
    .filter((ms) => ms !== undefined && Math.abs(dateMs - ms) <= withinMs) as number[];
  return fresh.length === 0 ? undefined : Math.min(dateMs, Math.max(...fresh));
}

/**
 * Away for longer than Okta keeps events: the time between is a gap (docs/okta.md, "Long outages").
 * By the last success: a quiet org's last event may be old; while catching up, what was read last
 * is as far as it has come.
 */
function missed(position: LivePosition, dateMs: number): TimeRange | undefined {
  const { caughtUpAtMs, startedAtMs, newestPublishedMs = 0 } = position;
  const readToMs = Math.max(caughtUpAtMs ?? startedAtMs, newestPublishedMs);
  const keptFromMs = dateMs - OKTA_RETENTION_MS;
  return readToMs < keptFromMs ? { fromMs: readToMs, toMs: keptFromMs } : undefined;
}
