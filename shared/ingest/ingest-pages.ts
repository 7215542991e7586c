/**
 * The heart of the connector: one page at a time, fetch → check → split → write → advance
 * (docs/architecture.md, "One page").
 *
 * Live polling and backfill share this loop. They differ in the chain's first URL and in `follow`,
 * which returns the next position. The next page is fetched while this page is written. The position
 * moves only after the sink has confirmed the page (docs/okta.md, "Write, then advance"), so a run may
 * end at any point without loss.
 */
import type { LogsPage } from '../okta/logs.ts';
import type { SinkWriter } from '../sink/sink.ts';
import type { ChainPosition, Counters } from '../storage/positions.ts';
import type { Chain } from './chain.ts';
import type { ReadOutcome, ReadPage } from './paced-reader.ts';

/**
 * The next position after a page: the URL to store, whether more pages are available now, and other
 * changes.
 */
export interface Step<T> {
  nextUrl: string;
  more: boolean;
  change?: Partial<T>;
}

/** The move after the last page of a run: written by the caller, when it releases the chain. */
export interface LastMove<T extends ChainPosition> {
  change: Partial<T>;
  counted: Partial<Counters>;
}

export type IngestOutcome<T extends ChainPosition> =
  /** The chain has no more pages for now. The last page is stored. */
  | { kind: 'ended'; last: LastMove<T> }
  /** The time budget is spent and more pages are available. The last page is stored. */
  | { kind: 'budget'; last: LastMove<T> }
  /** Another runner has taken the chain. */
  | { kind: 'lost' }
  /** The reader returned this instead of a page. */
  | Exclude<ReadOutcome, LogsPage>;

/** How a run ended, without its last move. */
export type RunEnd = { kind: 'ended' | 'budget' | 'lost' } | Exclude<ReadOutcome, LogsPage>;

export interface Ingestion<T extends ChainPosition> {
  chain: Chain<T>;
  readPage: ReadPage;
  writer: SinkWriter;
  follow(page: LogsPage, position: T): Step<T>;
  /** True when the run must not start another page. */
  outOfTime(): boolean;
}

export async function ingestPages<T extends ChainPosition>(
  run: Ingestion<T>,
): Promise<IngestOutcome<T>> {
  const { chain, writer } = run;
  // Another run may already be requesting the same page.
  if (chain.hasLostLease) return { kind: 'lost' };
  const abandon = new AbortController();
  let reading = run.readPage(chain.position.nextUrl, abandon.signal);
  try {
    for (;;) {
      const page = await reading;
      if (page.kind !== 'page') return page;

      const step = run.follow(page, chain.position);
      // An idle poll needs no lease: its only write is the next one.
      if ((step.more || page.events.length > 0) && !(await chain.hold())) return { kind: 'lost' };
      const goesOn = step.more && !run.outOfTime() && chain.isHeld;
      if (goesOn) {
        reading = run.readPage(step.nextUrl, abandon.signal);
        // Awaited in the next round, or abandoned: an early failure must not become an unhandled
        // rejection.
        reading.catch(() => {});
      }

      const { duplicates, variants } = await writer.write(page.events);
      const change = {
        ...{ nextUrl: step.nextUrl, failures: 0, ...newest(page) },
        ...step.change,
      } as Partial<T>;
      const counted = {
        events: page.events.length,
        pages: 1,
        requests: 1,
        duplicates,
        variants,
      };
      if (!goesOn) return { kind: step.more ? 'budget' : 'ended', last: { change, counted } };
      if (!(await chain.advance(change, counted))) return { kind: 'lost' };
    }
  } finally {
    abandon.abort();
  }
}

/**
 * The instant at which a refused cursor would restart. Events dated in the future must not move it
 * there (docs/okta.md, "Refused cursors").
 */
function newest(page: LogsPage): { newestPublishedMs?: number } {
  let newestPublishedMs: number | undefined;
  for (const { publishedMs } of page.events) {
    if (publishedMs !== undefined && publishedMs > (newestPublishedMs ?? Number.NEGATIVE_INFINITY))
      newestPublishedMs = publishedMs;
  }
  if (newestPublishedMs === undefined) return {};
  return { newestPublishedMs: Math.min(newestPublishedMs, page.dateMs) };
}
