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
import type { ChainPosition } from '../storage/positions.ts';
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

export type IngestOutcome =
  /** The chain has no more pages for now. The lease is released. */
  | { kind: 'ended' }
  /** The time budget is spent and more pages are available. The lease is released. */
  | { kind: 'budget' }
  /** Another runner has taken the chain. */
  | { kind: 'lost' }
  /** The reader returned this instead of a page. The lease is still held. */
  | Exclude<ReadOutcome, LogsPage>;

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
): Promise<IngestOutcome> {
  const { chain, writer } = run;
  // Another run may already be requesting the same page.
  if (!chain.isHeld) return { kind: 'lost' };
  const abandon = new AbortController();
  let reading = run.readPage(chain.position.nextUrl, abandon.signal);
  try {
    for (;;) {
      const page = await reading;
      if (page.kind !== 'page') return page;

      const step = run.follow(page, chain.position);
      const goesOn = step.more && !run.outOfTime() && chain.isHeld;
      if (goesOn) {
        reading = run.readPage(step.nextUrl, abandon.signal);
        // Awaited in the next round, or abandoned: an early failure must not become an unhandled
        // rejection.
        reading.catch(() => {});
      }

      const { duplicates, variants } = await writer.write(page.events);
      const change = { nextUrl: step.nextUrl, failures: 0, ...newest(page), ...step.change };
      const counted = {
        events: page.events.length,
        pages: 1,
        requests: 1,
        duplicates,
        variants,
      };
      const moved = goesOn
        ? await chain.advance(change as Partial<T>, counted)
        : await chain.release(change as Partial<T>, counted);
      if (!moved) return { kind: 'lost' };
      if (!goesOn) return { kind: step.more ? 'budget' : 'ended' };
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
