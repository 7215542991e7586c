/**
 * One run over a slice of a backfill: a bounded query under the slice's lease, from the last confirmed
 * page to the slice's last page, or until the time budget is spent or a failure ends the run. Only a
 * missing next link ends a slice: a short page does not (docs/okta.md, "End of a bounded query").
 */
import { timeBudget } from '../clock.ts';
import type { Deps } from '../deps.ts';
import type { Chain } from '../ingest/chain.ts';
import { type IngestOutcome, ingestPages, type Step } from '../ingest/ingest-pages.ts';
import { pacedReader } from '../ingest/paced-reader.ts';
import { runUnderLease } from '../ingest/run-under-lease.ts';
import type { Sender } from '../okta/governor.ts';
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import type { LogsPage } from '../okta/logs.ts';
import { boundedUrl, sinceOf, widthOf } from '../okta/logs-url.ts';
import type { SinkWriter } from '../sink/sink.ts';
import type { Connector } from '../storage/connectors.ts';
import type { SlicePosition } from '../storage/positions.ts';
import type { StatusFacts } from '../storage/status-facts.ts';
import { addRange, type TimeRange } from '../time-ranges.ts';
import type { Token } from '../token.ts';
import type { BackfillRef } from '../workflow-engine.ts';
import { concludeSlice, DONE, HELD, type SliceRun } from './slice-outcome.ts';
import { verifyChain } from './verify.ts';

/** Well below the function time-out: the run ends before the host aborts it. */
const RUN_BUDGET_MS = 120_000;

export type SliceRef = BackfillRef & { sliceKey: string; openSlices: number };

export async function ingestSlice(deps: Deps, ref: SliceRef): Promise<SliceRun> {
  const stored = await deps.connectors.get(ref.connectorId);
  const connector = stored?.connector;
  if (connector?.generation !== ref.generation || connector.state !== 'active') return DONE;

  const { facts, rate } = await deps.status.known(connector);
  return await runUnderLease<SlicePosition, SliceRun>(deps, connector, {
    kind: 'backfill',
    rate,
    load: () => deps.checkpoints.slice(ref.connectorId, ref.sliceKey),
    over: ({ ended }) => (ended ? DONE : undefined),
    read: (chain, token) => readOn(deps, connector, chain, token, senderOf(ref, facts)),
    conclude: (run) => concludeSlice({ ...run, connector, facts }),
    held: HELD,
    rotated: DONE,
  });
}

const senderOf = ({ openSlices }: SliceRef, { caughtUp }: StatusFacts) => ({
  kind: 'backfill' as const,
  chains: openSlices,
  liveBehind: caughtUp === false,
  pollIntervalMs: 0,
});

async function readOn(
  deps: Deps,
  connector: Connector,
  chain: Chain<SlicePosition>,
  token: Token,
  sender: Omit<Sender, 'firstOfRun'>,
): Promise<IngestOutcome<SlicePosition>> {
  return await ingestPages<SlicePosition>({
    chain,
    readPage: pacedReader(deps, connector, token, sender),
    writer: writerFor(deps, chain),
    follow,
    outOfTime: timeBudget(deps.clock, RUN_BUDGET_MS),
  });
}

/**
 * A `fill` stores the events that it reads. A `verify` stages missing events until live polling has
 * caught up.
 */
function writerFor(
  { sink, stagingSink }: Deps,
  { connectorId, position }: Chain<SlicePosition>,
): SinkWriter {
  const { backfillId, fromMs, generation, mode, pages } = position;
  const chain = { connectorId, generation, source: 'backfill' as const };
  if (mode === 'verify')
    return stagingSink.openStaging({ ...chain, name: verifyChain(backfillId) });
  return sink.open({ ...chain, name: `b${backfillId}_${fromMs}`, fresh: pages === 0 });
}

/**
 * After this many pages without an event, each with a different next link, the slice is regarded as
 * ended.
 */
const MOST_EMPTY_PAGES = 10;

/**
 * A slice continues as long as Okta names a next page. Time that Okta no longer keeps is recorded as a
 * gap.
 */
export function follow(page: LogsPage, position: SlicePosition): Step<SlicePosition> {
  const emptyPages = page.events.length > 0 ? 0 : (position.emptyPages ?? 0) + 1;
  const isOver = emptyPages >= MOST_EMPTY_PAGES;
  const linked = leadsOn(page) ? page.next : withoutLink(page, position);
  const next = isOver ? undefined : linked;
  const more = next !== undefined;
  const gap = expired(position, page.dateMs);
  return {
    nextUrl: next ?? page.self,
    more,
    change: {
      ended: !more,
      emptyPages,
      readAtMs: page.dateMs,
      answeredWidthMs: Math.max(position.answeredWidthMs ?? 0, widthOf(page.self) ?? 0),
      ...(gap ? { gaps: addRange(position.gaps, gap) } : {}),
    },
  };
}

/**
 * Okta ends a slice by omitting the next link. A link back to the same page is a mistake, not the end.
 */
const leadsOn = ({ next, self }: LogsPage): boolean => next !== undefined && next !== self;

/**
 * A full page without a next link, or a page with an unexpected link, may have lost its next link in
 * transit. The slice is requested again from the page's newest event, inclusive, until a reply has no
 * newer event.
 */
function withoutLink(
  { events, limit, linked, next: leadsBack, self }: LogsPage,
  { toMs }: SlicePosition,
): string | undefined {
  if (linked && !leadsBack && events.length < limit) return undefined;
  const newestMs = Math.max(...events.map(({ publishedMs }) => publishedMs ?? 0));
  const askedFromMs = sinceOf(self) ?? Number.NEGATIVE_INFINITY;
  if (newestMs <= askedFromMs || newestMs >= toMs) return undefined;
  return boundedUrl(new URL(self).origin, { fromMs: newestMs, toMs, limit });
}

/**
 * The unread time that exceeds Okta's retention: the reply says nothing about it (docs/okta.md,
 * "Retention").
 */
function expired(position: SlicePosition, dateMs: number): TimeRange | undefined {
  const fromMs = Math.max(position.newestPublishedMs ?? position.fromMs, position.fromMs);
  const toMs = Math.min(dateMs - OKTA_RETENTION_MS, position.toMs);
  return toMs > fromMs ? { fromMs, toMs } : undefined;
}
