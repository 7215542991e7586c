/**
 * Events staged by a `verify`: events that were not in the sink when they were read, in their own
 * partition until it is clear whether they were missing (backfill/verify.ts).
 */
import type { OutOfTime } from '../clock.ts';
import { inChunks } from '../in-chunks.ts';
import { type RawEvent, splitEvents } from '../okta/split-events.ts';
import { deleteRows } from '../storage/delete-rows.ts';
import type { Operation, Row } from '../storage/table.ts';
import { batchesOf } from './batches.ts';
import { knownRows, type NewRow } from './counted-inserts.ts';
import { COUNTER_PREFIX, dayPartition, eventsPartition, uuidOfKey } from './event-row.ts';
import { EventsWriter } from './events-writer.ts';
import { writeHalving } from './halving.ts';
import { RawText } from './raw-text.ts';
import type { SinkChain, SinkWriter, Written } from './sink.ts';
import { sortPage } from './sort-page.ts';
import type { SinkStores } from './stores.ts';

/** The prefix of the partitions of staged events; days sort before it. */
const STAGING_PREFIX = 'v';

const stagingPartition = ({
  connectorId,
  generation,
  name,
}: Pick<SinkChain, 'connectorId' | 'generation' | 'name'>): string =>
  `${eventsPartition(connectorId, generation)}_${name}`;

/** Stages new events and counts; stores only dead letters. */
export class StagingWriter implements SinkWriter {
  readonly #stores: SinkStores;
  readonly #chain: SinkChain;
  readonly #writer: EventsWriter;
  readonly #rawText: RawText;

  /** `writer` is a unique id of this writer. */
  constructor(stores: SinkStores, chain: SinkChain, writer: string) {
    this.#stores = stores;
    this.#chain = chain;
    this.#writer = new EventsWriter(stores, chain, writer);
    this.#rawText = new RawText(stores.blobs);
  }

  async write(events: readonly RawEvent[]): Promise<Written> {
    const { days, rejected, repeated } = sortPage(events);
    const written: Written = { duplicates: repeated, variants: 0 };
    for (const [day, ofDay] of days) {
      const rows = ofDay.map((event) => this.#writer.rowOf(event, this.#chain.name));
      const raws = new Map(ofDay.map(({ key, raw }) => [key, raw]));
      for (const batch of batchesOf(rows)) await this.#stage(day, batch, raws, written);
    }
    await this.#writer.reject(rejected);
    return written;
  }

  async #stage(
    day: string,
    rows: readonly NewRow[],
    raws: ReadonlyMap<string, string>,
    written: Written,
  ): Promise<void> {
    const { connectorId, generation } = this.#chain;
    const partition = dayPartition(connectorId, generation, day);
    const known = await knownRows(this.#stores.events, partition, rows);
    const missing: NewRow[] = [];
    for (const row of rows) {
      const before = known.get(row.key);
      if (before === undefined) missing.push(row);
      else written.duplicates++;
      if (before !== undefined && before !== row.hash) written.variants++;
    }
    if (missing.length === 0) return;
    const refused = await writeHalving(missing, async (some) => {
      const puts = some.map(
        ({ key, cells }): Operation => ({ kind: 'put', key: `${day}_${key}`, cells }),
      );
      await this.#stores.events.batch(stagingPartition(this.#chain), puts);
    });
    // The row is written first: a blob without a row would not be found. If the process dies in between, the
    // page is not confirmed, and both are written again.
    for (const { key, cells } of missing) await this.#rawText.putBlob(raws.get(key) ?? '', cells);
    await this.#writer.setAside(refused, (row) => uuidOfKey(row.key));
  }
}

/**
 * Stores the staged events that are still missing. Returns how many events this chain has ever
 * stored, by its day counters, which are exact after any interruption. Returns `more` when it ran
 * out of time; every call makes progress.
 */
export async function commitStaged(
  stores: SinkStores,
  chain: SinkChain,
  writerId: string,
  outOfTime: OutOfTime,
): Promise<number | 'more'> {
  const { events } = stores;
  const rawText = new RawText(stores.blobs);
  const writer = new EventsWriter(stores, chain, writerId);
  for await (const rows of inChunks(events.list(stagingPartition(chain)), GROUP_ROWS)) {
    const raws = await Promise.all(rows.map(({ cells }) => rawText.kept(cells)));
    // The blob is missing: an interrupted step has stored the event before.
    const split = splitEvents(`[${raws.filter((raw) => raw !== undefined).join(',')}]`);
    if (!split.ok) throw new Error('a staged event cannot be read');
    await writer.write(split.events);
    const before = async ({ cells }: Row) => await rawText.removeBlob(cells);
    await deleteRows(events, rows, { before, outOfTime: () => false });
    if (outOfTime()) return 'more';
  }
  return await storedBy(stores, chain);
}

/** The number of parallel writes; together they hold about a page in memory. */
const GROUP_ROWS = 500;

/** Deletes the staged events of chains up to this one; false when it ran out of time. */
export async function discardStaged(
  { events, blobs }: SinkStores,
  { connectorId, generation }: Pick<SinkChain, 'connectorId' | 'generation'>,
  last: string,
  outOfTime: OutOfTime,
): Promise<boolean> {
  const partition = (name: string) => stagingPartition({ connectorId, generation, name });
  const [from, to] = [partition(STAGING_PREFIX), `${partition(last)}!`];
  const rows = events.listPartitions(from, to, ['rawBlob']);
  const rawText = new RawText(blobs);
  const before = async ({ cells }: Row) => await rawText.removeBlob(cells);
  return (await deleteRows(events, rows, { before, outOfTime })).all;
}

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
