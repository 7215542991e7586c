/**
 * Events that cannot be stored as events: kept with their raw text and the reason, under the hash of
 * their content, while the page goes on (T29).
 */
import type { RawEvent } from '../ingest/split-events.ts';
import type { NewRow } from './create-once.ts';
import { contentHash, rawCells } from './event-row.ts';

export type DeadLetterReason =
  /** No `uuid`, or one that cannot be part of a key. */
  | 'noUuid'
  /** No `published`, or not an instant. */
  | 'noPublished'
  /** Another event of the same page has the same identity and other bytes. */
  | 'identityTaken';

export function deadLetterRow({ raw, uuid }: RawEvent, reason: DeadLetterReason): NewRow {
  const hash = contentHash(raw);
  return { key: hash, hash, cells: { ...rawCells(raw), hash, reason, ...(uuid && { uuid }) } };
}
