/**
 * Splits a page of Okta's log into the raw text of each event, without re-serialising, so that the
 * stored text is exactly the text that Okta sent (docs/architecture.md, "Raw text"). Uses one pass over
 * the text. Damage within an element does not invalidate the page (docs/okta.md, "Unusable events").
 */

export interface RawEvent {
  /** The event's text, including white space inside. */
  raw: string;
  /** The reason why the element cannot be an event (docs/okta.md, "Unusable events"). */
  unusable?: 'notAnObject' | 'notJson' | 'notUtf8';
  /** Absent without a `uuid` that can be part of a table key. */
  uuid?: string;
  published?: string;
  /** `published` in epoch milliseconds; finer digits are truncated. */
  publishedMs?: number;
}

export type SplitResult = { ok: true; events: RawEvent[] } | { ok: false; reason: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
/** The characters that can follow a number, `true`, `false` or `null`. */
const ENDS_A_WORD: ReadonlySet<number> = new Set([COMMA, CLOSE_BRACKET, 0x20, 0x0a, 0x0d, 0x09]);

/** Splits the bytes of a page. Invalid UTF-8 damages only the event that contains it. */
export function splitPage(body: Uint8Array): SplitResult {
  const text = decoded(body);
  if (text !== undefined) return splitEvents(text);
  // One character per byte: the structural characters of JSON are all ASCII.
  const bytes = Buffer.from(body).toString('latin1');
  return splitEvents(
    bytes.startsWith(BOM_BYTES) ? bytes.slice(BOM_BYTES.length) : bytes,
    (slice) => {
      const ofEvent = Buffer.from(slice, 'latin1');
      const raw = decoded(ofEvent);
      if (raw !== undefined) return readEvent(raw);
      return {
        raw: ofEvent.toString(),
        unusable: slice.startsWith('{') ? 'notUtf8' : 'notAnObject',
      };
    },
  );
}

/** A byte order mark, one character for each byte. */
const BOM_BYTES = '\u00ef\u00bb\u00bf';

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function splitEvents(text: string, read = readEvent): SplitResult {
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== OPEN_BRACKET) return refused('the body is not a JSON array');
  at = skipSpace(text, at + 1);
  const events: RawEvent[] = [];
  if (text.charCodeAt(at) === CLOSE_BRACKET) return finish(text, at + 1, events);
  for (;;) {
    const end = endOfElement(text, at);
    if (end === undefined) return refused('the body ends within an event');
    const event = read(text.slice(at, end));
    if (event.unusable === 'notJson' && !event.raw.startsWith('{'))
      return refused('an element is not valid JSON');
    events.push(event);
    at = skipSpace(text, end);
    const separator = text.charCodeAt(at);
    if (separator === CLOSE_BRACKET) return finish(text, at + 1, events);
    if (separator !== COMMA) return refused('the array is not well-formed');
    at = skipSpace(text, at + 1);
  }
}

function finish(text: string, at: number, events: RawEvent[]): SplitResult {
  if (skipSpace(text, at) !== text.length) return refused('text follows the array');
  return { ok: true, events };
}

const refused = (reason: string): SplitResult => ({ ok: false, reason });

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

/** The index after the element. The parser validates the text in between. */
function endOfElement(text: string, from: number): number | undefined {
  const code = text.charCodeAt(from);
  if (code === OPEN_BRACE || code === OPEN_BRACKET) return endOfNested(text, from);
  if (code === QUOTE) return endOfString(text, from) + 1 || undefined;
  let at = from;
  while (at < text.length && !ENDS_A_WORD.has(text.charCodeAt(at))) at++;
  return at;
}

function endOfNested(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at < 0) return undefined;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (--depth === 0) return at + 1;
    }
  }
  return undefined;
}

/** The index of the closing quote: the first quote after an even number of backslashes. */
function endOfString(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) return -1;
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
}

function readEvent(raw: string): RawEvent {
  let parsed: unknown;
  try {
    parsed = JSON.parse(raw);
  } catch {
    return { raw, unusable: 'notJson' };
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
    return { raw, unusable: 'notAnObject' };
  const event: RawEvent = { raw };
  const { uuid, published } = parsed as Record<string, unknown>;
  if (typeof uuid === 'string' && isKeyPart(uuid)) event.uuid = uuid;
  if (typeof published === 'string') {
    event.published = published;
    const publishedMs = instantOf(published);
    if (publishedMs !== undefined) event.publishedMs = publishedMs;
  }
  return event;
}

/**
 * Table keys cannot contain `/ \ # ?`, control characters or line separators (docs/azure.md, "Key
 * characters").
 */
function isKeyPart(text: string): boolean {
  // The format that Okta uses; tested first because it is cheapest.
  if (/^[\w-]{1,255}$/.test(text)) return true;
  return text.length <= 255 && /^[^/\\#?\p{Cc}\p{Zl}\p{Zp}]+$/u.test(text) && text.isWellFormed();
}

const RFC_3339 =
  /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d*)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

function instantOf(text: string): number | undefined {
  // The format that Okta uses: a text that formats back to itself needs no other check.
  const plainMs = Date.parse(text);
  if (!Number.isNaN(plainMs) && new Date(plainMs).toISOString() === text) return plainMs;
  const [, date, time, fraction, zone] = RFC_3339.exec(text) ?? [];
  if (!date || !time || !zone) return undefined;
  // Date.parse would turn 31 February into a day of March.
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(date)) return undefined;
  const ms = Date.parse(`${date}T${time}.${(fraction ?? '0').padEnd(3, '0')}${zone.toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : ms;
}
