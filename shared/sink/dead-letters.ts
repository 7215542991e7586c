/**
 * Dead letters: parts of a page that cannot be stored as events, with the reason (docs/okta.md,
 * "Unusable events").
 */
import type { Connector } from '../storage/connectors.ts';
import { COUNTER_PREFIX, eventsPartition } from './event-row.ts';
import { RawText } from './raw-text.ts';
import type { SinkStores } from './stores.ts';

export interface DeadLetter {
  key: string;
  storedAtMs: number;
  reason: string;
  uuid?: string;
  raw: string;
}

/** In no particular order, starting after the given key. */
export async function* deadLetters(
  { deadLetters: table, blobs }: SinkStores,
  { id, generation }: Pick<Connector, 'id' | 'generation'>,
  after = '',
): AsyncGenerator<DeadLetter> {
  const rawText = new RawText(blobs);
  const range = { from: `${after}!`, to: COUNTER_PREFIX };
  for await (const { key, storedAtMs, cells } of table.list(
    eventsPartition(id, generation),
    range,
  )) {
    const raw = await rawText.fromCells(cells);
    const uuid = typeof cells.uuid === 'string' ? { uuid: cells.uuid } : {};
    yield { key, storedAtMs, reason: String(cells.reason), ...uuid, raw };
  }
}
