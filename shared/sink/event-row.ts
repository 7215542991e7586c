/**
 * An event as a row (docs/architecture.md, "State"): partition `<connector>.<generation>_<day>`,
 * row `<inverted ms>_<uuid>`, so that a day lists newest first and the same event always meets its
 * own row.
 */
import { hash } from 'node:crypto';
import { CHAIN_KINDS } from '../enumerations.ts';
import { isoTime } from '../iso-time.ts';
import type { RawEvent } from '../okta/split-events.ts';
import { word } from '../storage/cells.ts';
import { instantOfKey, LAST_INSTANT_MS, newestFirst } from '../storage/newest-first.ts';
import type { Cells, Row } from '../storage/table.ts';
import type { EventSource } from './sink.ts';

/** An event that has an identity. */
export interface KeyedEvent {
  day: string;
  key: string;
  raw: string;
}

export interface StoredEvent {
  publishedMs: number;
  uuid: string;
  storedAtMs: number;
  source: EventSource;
  raw: string;
}

/** The partitions of a connector's events: an index of its days, and a partition for each day. */
export const eventsPartition = (connectorId: string, generation: string) =>
  `${connectorId}.${generation}`;
export const dayPartition = (connectorId: string, generation: string, day: string) =>
  `${eventsPartition(connectorId, generation)}_${day}`;

/** Sorts after every event of a day. */
export const COUNTER_PREFIX = '~';

export const dayOf = (ms: number): string => isoTime(ms).slice(0, 10);
/** The first key of a day's rows at or before this instant, in their newest-first order. */
export const keyAt = newestFirst;

/** Undefined when the event has no identity, or a time outside of the range of keys. */
export function keyed({ raw, uuid, publishedMs }: RawEvent): KeyedEvent | undefined {
  if (uuid === undefined || publishedMs === undefined) return undefined;
  if (publishedMs < 0 || publishedMs > LAST_INSTANT_MS) return undefined;
  return { day: dayOf(publishedMs), key: `${keyAt(publishedMs)}_${uuid}`, raw };
}

export const uuidOfKey = (key: string): string => key.slice(14);

export const contentHash = (raw: string): string => hash('sha256', raw, 'base64url').slice(0, 22);

const DEFAULT_SOURCE = 'live';
const source = word(CHAIN_KINDS).default(DEFAULT_SOURCE);

/** Most events arrive by live polling, so their rows have no such cell. Earlier versions wrote it always. */
export const sourceCells = (of: EventSource): Cells =>
  of === DEFAULT_SOURCE ? {} : { source: of };

export function storedEvent(row: Row, raw: string): StoredEvent {
  return {
    publishedMs: instantOfKey(row.key),
    uuid: uuidOfKey(row.key),
    storedAtMs: row.storedAtMs,
    source: source.parse(row.cells.source),
    raw,
  };
}
