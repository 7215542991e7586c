/**
 * The activity log (docs/contract.md, "Events"): stored events, newest first, filtered, in pages. A
 * page scans for a bounded time, so it can be short and still have a next page.
 */
import * as z from 'zod';
import { type Clock, timeBudget } from '../clock.ts';
import { instantOfKey, LAST_INSTANT_MS } from '../storage/newest-first.ts';
import type { CountReader } from './count-reader.ts';
import {
  COUNTER_PREFIX,
  dayOf,
  dayPartition,
  keyAt,
  type StoredEvent,
  storedEvent,
} from './event-row.ts';
import { RawText } from './raw-text.ts';
import type { SinkStores } from './stores.ts';

const SCAN_BUDGET_MS = 10_000;

export interface EventFilter {
  /** Inclusive. */
  fromMs?: number | undefined;
  /** Exclusive. */
  toMs?: number | undefined;
  matches(event: StoredEvent): boolean;
}

/** The key of an event's row. The id is Okta's text, without characters that a key cannot hold. */
const EVENT_KEY = /^\d{13}_[^/\\#?\p{Cc}\p{Zl}\p{Zp}]{1,1000}$/u;

/** The start of the next page: a day, and the key of the last item in it. */
const continuationSchema = z.tuple([z.iso.date(), z.string().regex(EVENT_KEY)]);
export type Continuation = z.output<typeof continuationSchema>;

export const encodeContinuation = (one: Continuation): string =>
  Buffer.from(JSON.stringify(one)).toString('base64url');

/** Undefined for an invalid text. */
export function decodeContinuation(text: string): Continuation | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return continuationSchema.safeParse(parsed).data;
  } catch {
    return undefined;
  }
}

export interface EventsPage {
  events: StoredEvent[];
  next?: Continuation;
  /** The time back to which the page has searched; undefined when there is nothing to search. */
  scannedToMs: number | undefined;
}

export class EventsQuery {
  readonly #stores: SinkStores;
  readonly #counts: CountReader;
  readonly #clock: Clock;
  readonly #rawText: RawText;

  constructor(stores: SinkStores, counts: CountReader, clock: Clock) {
    this.#stores = stores;
    this.#counts = counts;
    this.#clock = clock;
    this.#rawText = new RawText(stores.blobs);
  }

  async page(
    connectorId: string,
    generation: string,
    filter: EventFilter,
    top: number,
    after?: Continuation,
  ): Promise<EventsPage> {
    const outOfTime = timeBudget(this.#clock, SCAN_BUDGET_MS);
    const events: StoredEvent[] = [];
    let last = after;
    for await (const { event, at } of this.#scan(connectorId, generation, filter, after)) {
      if (event) events.push(event);
      last = at;
      if (events.length >= top || outOfTime())
        return { events, next: at, scannedToMs: instantOfKey(at[1]) };
    }
    return { events, scannedToMs: filter.fromMs ?? (last && instantOfKey(last[1])) };
  }

  /** Undefined when no such event is stored. */
  async one(
    connectorId: string,
    generation: string,
    uuid: string,
    publishedMs: number,
  ): Promise<StoredEvent | undefined> {
    if (publishedMs < 0 || publishedMs > LAST_INSTANT_MS) return undefined;
    const key = `${keyAt(publishedMs)}_${uuid}`;
    if (!EVENT_KEY.test(key)) return undefined;
    const partition = dayPartition(connectorId, generation, dayOf(publishedMs));
    const row = await this.#stores.events.get(partition, key);
    return row && storedEvent(row, await this.#rawText.fromCells(row.cells));
  }

  /** All matching events, newest first. */
  async *all(
    connectorId: string,
    generation: string,
    filter: EventFilter,
  ): AsyncGenerator<StoredEvent> {
    for await (const { event } of this.#scan(connectorId, generation, filter))
      if (event) yield event;
  }

  /** For each row: the event if it matches, and the position after it. */
  async *#scan(
    connectorId: string,
    generation: string,
    filter: EventFilter,
    after?: Continuation,
  ): AsyncGenerator<{ event?: StoredEvent; at: Continuation }> {
    const days = await this.#counts.days(connectorId, generation);
    for (const day of days) {
      if (after && day > after[0]) continue;
      if (filter.toMs !== undefined && day > dayOf(filter.toMs)) continue;
      if (filter.fromMs !== undefined && day < dayOf(filter.fromMs)) break;
      const rows = this.#stores.events.list(
        dayPartition(connectorId, generation, day),
        keysOf(day, filter, after),
      );
      for await (const row of rows) {
        const event = storedEvent(row, await this.#rawText.fromCells(row.cells));
        const at: Continuation = [day, row.key];
        yield filter.matches(event) ? { event, at } : { at };
      }
    }
  }
}

/**
 * Keys count down in time: a day's rows start at `to` (exclusive) and end at `from` (inclusive).
 */
function keysOf(
  day: string,
  { fromMs, toMs }: EventFilter,
  after: Continuation | undefined,
): { from: string; to: string } {
  let from = '';
  if (after?.[0] === day) from = `${after[1]}!`;
  // All keys with the millisecond of `to` are excluded: `_` sorts before `~`.
  else if (toMs !== undefined && day === dayOf(toMs)) from = `${keyAt(toMs)}~`;
  const to = fromMs !== undefined && day === dayOf(fromMs) ? `${keyAt(fromMs)}~` : COUNTER_PREFIX;
  return { from, to };
}
