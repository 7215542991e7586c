/**
 * Events set aside by a `verify`: not in the sink when they were read, kept in a partition of their
 * own until it is clear whether they were missing (see backfill/verify.ts).
 */
import type { RawEvent } from '../ingest/split-events.ts';
import { splitEvents } from '../ingest/split-events.ts';
import type { Operation, Row } from '../storage/table.ts';
import { batchesOf } from './batches.ts';
import { knownRows, type NewRow } from './create-once.ts';
import { COUNTER_PREFIX, dayPartition, eventsPartition } from './event-row.ts';
import { EventsWriter, type SinkStores } from './events-table.ts';
import { RawText } from './raw-text.ts';
import type { SinkChain, SinkWriter, Written } from './sink.ts';
import { sortPage } from './sort-page.ts';

const asidePartition = ({ connectorId, generation, name }: SinkChain): string =>
  `${eventsPartition(connectorId, generation)}_${name}`;

/** Says how many it met; stores nothing but dead letters. */
export class AsideWriter implements SinkWriter {
  readonly #stores: SinkStores;
  readonly #chain: SinkChain;
  readonly #writer: EventsWriter;

  constructor(stores: SinkStores, chain: SinkChain) {
    this.#stores = stores;
    this.#chain = chain;
    this.#writer = new EventsWriter(stores, chain);
  }

  async write(events: readonly RawEvent[]): Promise<Written> {
    const { days, rejected, repeated } = sortPage(events);
    const written: Written = { stored: 0, duplicates: repeated, variants: 0, rejected: 0 };
    for (const [day, ofDay] of days) {
      const rows = await Promise.all(ofDay.map((event) => this.#writer.toRow(event)));
      for (const batch of batchesOf(rows)) await this.#setAside(day, batch, written);
    }
    await this.#writer.reject(rejected);
    return { ...written, rejected: rejected.length };
  }

  async #setAside(day: string, rows: readonly NewRow[], written: Written): Promise<void> {
    const { connectorId, generation } = this.#chain;
    const partition = dayPartition(connectorId, generation, day);
    const known = await knownRows(this.#stores.events, partition, rows);
    const puts: Operation[] = [];
    for (const { key, hash, cells } of rows) {
      const before = known.get(key);
      if (before === undefined) puts.push({ kind: 'put', key: `${day}_${key}`, cells });
      else written.duplicates++;
      if (before !== undefined && before !== hash) written.variants++;
    }
    if (puts.length > 0) await this.#stores.events.batch(asidePartition(this.#chain), puts);
  }
}

/**
 * Stores what was set aside and is missing still. Returns how many events this chain has ever stored,
 * by its day counters: exact, however often it was cut off in between.
 */
export async function settleAside(stores: SinkStores, chain: SinkChain): Promise<number> {
  const partition = asidePartition(chain);
  const rawText = new RawText(stores.blobs);
  const writer = new EventsWriter(stores, chain);
  const settle = async (rows: readonly Row[]) => {
    const raws = await Promise.all(rows.map(({ cells }) => rawText.fromCells(cells)));
    const split = splitEvents(`[${raws.join(',')}]`);
    if (!split.ok) throw new Error('what was set aside can no longer be read');
    await writer.write(split.events);
    for (const { key } of rows) await stores.events.batch(partition, [{ kind: 'delete', key }]);
  };
  let rows: Row[] = [];
  for await (const row of stores.events.list(partition)) {
    rows.push(row);
    if (rows.length < BATCH_ROWS) continue;
    await settle(rows);
    rows = [];
  }
  if (rows.length > 0) await settle(rows);
  return await storedBy(stores, chain);
}

const BATCH_ROWS = 500;

/** The sum of the chain's counters over all days. */
async function storedBy({ events }: SinkStores, chain: SinkChain): Promise<number> {
  const { connectorId, generation, name } = chain;
  const range = { from: `${COUNTER_PREFIX}${name}_`, to: `${COUNTER_PREFIX}${name}_~` };
  let total = 0;
  for await (const { key: day } of events.list(eventsPartition(connectorId, generation), {
    select: [],
  }))
    for await (const { cells } of events.list(dayPartition(connectorId, generation, day), range))
      total += Number(cells.events);
  return total;
}
