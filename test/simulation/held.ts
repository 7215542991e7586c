/** Compares the sink with Okta's events and with the counters. */
import { RawText } from '../../shared/sink/raw-text.ts';
import { Checkpoints } from '../../shared/storage/checkpoints.ts';
import type { Connector } from '../../shared/storage/connectors.ts';
import type { Row } from '../../shared/storage/table.ts';
import type { Cloud } from './cloud.ts';

/**
 * The differences between the sink and the expected events. `all`: every event was read. Events older
 * than `keepFromMs` may be missing.
 */
export async function difference(
  cloud: Cloud,
  connector: Connector,
  all: boolean,
  keepFromMs = 0,
): Promise<string[]> {
  const held = await heldBy(cloud, connector);
  const ledgers = await new Checkpoints(cloud.tables.checkpoints).backfills(connector.id);
  const { indexDelayMs = 0 } = cloud.okta.org.options;
  const isOwed = ({ publishedMs, persistedAtMs }: { publishedMs: number; persistedAtMs: number }) =>
    all ||
    ledgers.some(
      ({ generation, mode, finished, startedAtMs }) =>
        generation === connector.generation &&
        mode === 'fill' &&
        persistedAtMs + indexDelayMs < startedAtMs &&
        finished.some(({ fromMs, toMs }) => publishedMs >= fromMs && publishedMs < toMs),
    );
  const truth = [...cloud.okta.org.truth()];
  const texts = new Set(truth.map(({ raw }) => raw));
  return [
    ...truth
      .filter((event) => event.publishedMs >= keepFromMs && isOwed(event) && !held.has(event.raw))
      .map(({ raw }) => `${connector.id} lost ${raw.slice(0, 80)}`),
    ...[...held].filter((raw) => !texts.has(raw)).map((raw) => `${connector.id} made up ${raw}`),
  ];
}

/** The raw texts of events and dead letters. */
async function heldBy({ tables, blobs }: Cloud, { id, generation }: Connector) {
  const rawText = new RawText(blobs);
  const held = new Set<string>();
  const isEvent = ({ partition, key }: Row) =>
    partition.startsWith(`${id}.${generation}_2`) && !key.startsWith('~');
  const isLetter = ({ partition, key }: Row) =>
    partition === `${id}.${generation}` && !key.startsWith('~');
  for (const row of tables.events.everything())
    if (isEvent(row)) held.add(await rawText.fromCells(row.cells));
  for (const row of tables.deadletters.everything())
    if (isLetter(row)) held.add(await rawText.fromCells(row.cells));
  return held;
}

/** Checks that the day counters equal the rows, and that the index has every day and its folded sum. */
export function countsAreExact({ tables, expiredLetters }: Cloud): string[] {
  const broken: string[] = [];
  for (const table of ['events', 'deadletters'] as const) {
    // Retention does not lower counters; it deletes only whole days of events.
    const rows = new Map(table === 'deadletters' ? expiredLetters : []);
    const counted = new Map<string, number>();
    const days = new Set<string>();
    const folded = new Map<string, number>();
    for (const { partition, key, cells } of tables[table].everything()) {
      if (table === 'events' && !partition.includes('_')) {
        days.add(`${partition}_${key}`);
        if (cells.events !== undefined) folded.set(`${partition}_${key}`, Number(cells.events));
      } else if (key.startsWith('~')) add(counted, partition, Number(cells.events));
      else if (!isAside(partition)) add(rows, partition, 1);
    }
    for (const [partition, count] of rows) {
      if (counted.get(partition) !== count)
        broken.push(`${table} ${partition}: ${count} rows, ${counted.get(partition)} counted`);
      if (table === 'events' && !days.has(partition)) broken.push(`no index of ${partition}`);
    }
    for (const [partition, count] of folded)
      if (count !== (counted.get(partition) ?? 0))
        broken.push(`${partition}: ${count} folded, ${counted.get(partition)} counted`);
  }
  return broken;
}

/** Rows staged by a `verify`, or written by a test of the connector. */
const isAside = (partition: string) => /_(v\d+|check)$/.test(partition);

const add = (sums: Map<string, number>, name: string, count: number) =>
  sums.set(name, (sums.get(name) ?? 0) + count);
