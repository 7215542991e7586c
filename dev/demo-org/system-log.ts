/**
 * `GET /api/v1/logs`: the two kinds of queries, their order, cursors and errors (docs/okta.md,
 * "Polling and bounded queries", "Query parameters").
 */
import { createHash } from 'node:crypto';
import { diceOf } from './dice.ts';
import { type EventLog, firstIndex, type LoggedEvent } from './event-log.ts';

const DAY_MS = 86_400_000;
const RETENTION_MS = 90 * DAY_MS;
const OLDEST_SINCE_MS = 180 * DAY_MS;
const DEFAULT_SPAN_MS = 7 * DAY_MS;

export interface QueryOptions {
  /**
   * Whether an event published at `until` belongs to the range; Okta does not say (docs/okta.md,
   * "Edges of a range").
   */
  untilInclusive?: boolean;
  /** The maximum page size, also in links, for simulations with few events. */
  longestPage?: number;
  /**
   * Pages have any length while more events follow, but are never empty: Okta does not guarantee full
   * pages (docs/okta.md, "End of polling").
   */
  shortPages?: boolean;
  /**
   * The longest time after its commit until a bounded query shows an event. The delay of each event
   * differs (docs/okta.md, "Where live begins").
   */
  indexDelayMs?: number;
}

export type Answer =
  | { ok: true; events: LoggedEvent[]; next: URL | undefined }
  | { ok: false; errorCode: string; summary: string };

/** The start of a page: the position of the last event, in the order of its kind of query. */
interface Cursor {
  kind: 'polling' | 'bounded';
  /** Polling: index in the log. Bounded: `published` and sequence of the last event served. */
  at: number;
  sequence: number;
  issuedAtMs: number;
}

export function answerQuery(
  log: EventLog,
  url: URL,
  nowMs: number,
  refuseCursorsBeforeMs: number,
  options: QueryOptions,
): Answer {
  const query = url.searchParams;
  const asked = Number(query.get('limit') ?? 100);
  if (!Number.isInteger(asked) || asked < 0 || asked > 1000) return invalid('limit');
  const limit = Math.min(asked, options.longestPage ?? asked);
  const descending = query.get('sortOrder')?.toUpperCase() === 'DESCENDING';
  const untilText = query.get('until');
  const untilMs = untilText === null ? nowMs : instant(untilText);
  if (untilMs === undefined) return invalid('until');
  const sinceText = query.get('since');
  const sinceMs = sinceText === null ? untilMs - DEFAULT_SPAN_MS : instant(sinceText);
  if (sinceMs === undefined || sinceMs > nowMs) return invalid('since');
  if (sinceMs < nowMs - OLDEST_SINCE_MS)
    return refused('E0000053', 'The since parameter is over 180 days prior to the current day');
  if (untilText !== null && untilMs <= sinceMs)
    return refused('E0000001', 'The until date must be later than the since date');
  if (query.has('filter') || query.has('q'))
    return refused('E0000031', 'Invalid search criteria: not supported by the demo org');

  const after = query.get('after');
  const cursor = after === null ? undefined : decode(after);
  if (after !== null && (!cursor || cursor.issuedAtMs < refuseCursorsBeforeMs))
    return invalid('after');
  const withCursor = (position: Omit<Cursor, 'issuedAtMs'>) => {
    const next = new URL(url);
    if (limit !== asked) next.searchParams.set('limit', String(limit));
    next.searchParams.set('after', encode({ ...position, issuedAtMs: nowMs }));
    return next;
  };
  const kind = untilText === null && !descending ? 'polling' : 'bounded';
  if (cursor && cursor.kind !== kind) return invalid('after');
  const keptFromMs = nowMs - RETENTION_MS;

  if (kind === 'polling') {
    const floorMs = Math.max(sinceMs, keptFromMs);
    const start =
      cursor?.at ?? firstIndex(log.committed, ({ persistedAtMs }) => persistedAtMs >= floorMs);
    const events = log.committed.slice(start, start + lengthOf(start, limit, options));
    // Without new events, the next link is the URL of this request.
    if (events.length === 0 && cursor) return { ok: true, events, next: url };
    return { ok: true, events, next: withCursor({ kind, at: start + events.length, sequence: 0 }) };
  }

  const published = indexed(log.published, nowMs, options);
  const length = lengthOf(cursor?.sequence ?? sinceMs, limit, options);
  const inRange = ({ publishedMs }: LoggedEvent) =>
    options.untilInclusive ? publishedMs <= untilMs : publishedMs < untilMs;
  const floorMs = Math.max(sinceMs, keptFromMs);
  let start = firstIndex(published, ({ publishedMs }) => publishedMs >= floorMs);
  let end = firstIndex(published, (event) => !inRange(event));
  const isBehind = ({ publishedMs, sequence }: LoggedEvent) =>
    publishedMs > (cursor?.at ?? 0) ||
    (publishedMs === cursor?.at && sequence > (cursor?.sequence ?? 0));
  if (cursor && !descending) start = Math.max(start, firstIndex(published, isBehind));
  if (cursor && descending) {
    const served = firstIndex(published, (event) => isBehind(event) || isAt(event, cursor));
    end = Math.min(end, served);
  }
  const page = descending
    ? published.slice(Math.max(start, end - length), Math.max(start, end)).reverse()
    : published.slice(start, Math.min(end, start + length));
  const last = page.at(-1);
  const more = end - start > page.length;
  if (!last || !more) return { ok: true, events: page, next: undefined };
  const { publishedMs: at, sequence } = last;
  return { ok: true, events: page, next: withCursor({ kind, at, sequence }) };
}

/** The length of a page is the same at each request. */
const lengthOf = (start: number, limit: number, { shortPages }: QueryOptions): number =>
  shortPages && limit > 1 ? 1 + diceOf(start).below(limit) : limit;

/** The events that bounded queries show at this time. */
function indexed(
  published: readonly LoggedEvent[],
  nowMs: number,
  { indexDelayMs = 0 }: QueryOptions,
): readonly LoggedEvent[] {
  if (indexDelayMs === 0) return published;
  return published.filter(
    ({ persistedAtMs, sequence }) =>
      persistedAtMs + Math.floor(diceOf(sequence, 3).next() * indexDelayMs) <= nowMs,
  );
}

const isAt = (event: LoggedEvent, { at, sequence }: Cursor): boolean =>
  event.publishedMs === at && event.sequence === sequence;

const refused = (errorCode: string, summary: string): Answer => ({ ok: false, errorCode, summary });
const invalid = (parameter: string): Answer =>
  refused('E0000001', `Api validation failed: ${parameter}`);

function instant(text: string): number | undefined {
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** Opaque to clients: a position and a checksum. */
function encode(cursor: Cursor): string {
  const text = JSON.stringify([cursor.kind, cursor.at, cursor.sequence, cursor.issuedAtMs]);
  return Buffer.from(`${checksum(text)}${text}`).toString('base64url');
}

function decode(text: string): Cursor | undefined {
  const plain = Buffer.from(text, 'base64url').toString();
  const body = plain.slice(8);
  if (checksum(body) !== plain.slice(0, 8)) return undefined;
  const [kind, at, sequence, issuedAtMs] = JSON.parse(body);
  return { kind, at, sequence, issuedAtMs };
}

const checksum = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 8);
