/** Splits a page into events by day and unusable events (pure). */
import type { RawEvent } from '../okta/split-events.ts';
import { type KeyedEvent, keyed } from './event-row.ts';

/** The reason for a dead letter (docs/okta.md, "Unusable events"). */
export type DeadLetterReason =
  /** The element of the page is not a JSON object. */
  | 'notAnObject'
  /** The object is not valid JSON, for example because of a control character within a text. */
  | 'notJson'
  /** The object contains invalid UTF-8; its raw text has U+FFFD in its place. */
  | 'notUtf8'
  /** The event has no `uuid`, or a `uuid` that cannot be part of a key. */
  | 'noUuid'
  /** The event has no `published`, or an invalid instant. */
  | 'noPublished'
  /** Another event of the page has the same identity and different bytes. */
  | 'identityTaken'
  /** Table Storage refuses the row permanently (docs/azure.md, "Refused rows"). */
  | 'refusedByStorage';

export interface Rejected {
  event: RawEvent;
  reason: DeadLetterReason;
}

export interface SortedPage {
  days: Map<string, KeyedEvent[]>;
  rejected: Rejected[];
  /** Events repeated on this page, byte for byte. */
  repeated: number;
}

/** Splits a page by day. A batch cannot hold a key twice, so repeated events are removed here. */
export function sortPage(events: readonly RawEvent[]): SortedPage {
  const page: SortedPage = { days: new Map(), rejected: [], repeated: 0 };
  const seen = new Map<string, string>();
  for (const event of events) {
    const row = keyed(event);
    const before = row && seen.get(row.key);
    if (!row) {
      page.rejected.push({ event, reason: whyNoEvent(event) });
    } else if (before === undefined) {
      seen.set(row.key, row.raw);
      const day = page.days.get(row.day);
      if (day) day.push(row);
      else page.days.set(row.day, [row]);
    } else if (before === row.raw) {
      page.repeated++;
    } else {
      page.rejected.push({ event, reason: 'identityTaken' });
    }
  }
  return page;
}

function whyNoEvent({ unusable, uuid }: RawEvent): DeadLetterReason {
  if (unusable) return unusable;
  return uuid ? 'noPublished' : 'noUuid';
}
