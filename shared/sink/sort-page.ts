/** A page of events by day, without what cannot be stored as an event (pure). */
import type { RawEvent } from '../okta/split-events.ts';
import { type KeyedEvent, keyed } from './event-row.ts';

/** Why an event could not be stored as an event (docs/okta.md, "Unusable events"). */
export type DeadLetterReason =
  /** No `uuid`, or one that cannot be part of a key. */
  | 'noUuid'
  /** No `published`, or not an instant. */
  | 'noPublished'
  /** Another event of the same page has the same identity and other bytes. */
  | 'identityTaken';

export interface Rejected {
  event: RawEvent;
  reason: DeadLetterReason;
}

export interface SortedPage {
  days: Map<string, KeyedEvent[]>;
  rejected: Rejected[];
  /** The same event, byte for byte, again on this page. */
  repeated: number;
}

/** Splits a page by day; a batch cannot hold a key twice, so repeats are found here. */
export function sortPage(events: readonly RawEvent[]): SortedPage {
  const page: SortedPage = { days: new Map(), rejected: [], repeated: 0 };
  const seen = new Map<string, string>();
  for (const event of events) {
    const row = keyed(event);
    const before = row && seen.get(row.key);
    if (!row) {
      page.rejected.push({ event, reason: event.uuid ? 'noPublished' : 'noUuid' });
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
