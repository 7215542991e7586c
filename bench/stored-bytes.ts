/**
 * The stored size of an event, with its keys and its share of the counters and the index of days, as
 * Azure bills it: sample events of other products, each stored many times with an identity of its
 * own, in pages of a thousand from live polling.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSamples } from '../dev/demo-org/samples.ts';
import { systemChance } from '../shared/chance.ts';
import { splitEvents } from '../shared/okta/split-events.ts';
import { TablesSink } from '../shared/sink/tables-sink.ts';
import type { Cell } from '../shared/storage/table.ts';
import { MemoryBlobs } from '../test/support/memory-blobs.ts';
import { MemoryTable } from '../test/support/memory-table.ts';
import { type Row, row } from './report.ts';

const SAMPLES = fileURLToPath(new URL('../../shared/data', import.meta.url));
const PAGE = 1000;
const CHAIN = {
  connectorId: 'contoso',
  generation: '0123abcd',
  name: 'live',
  source: 'live',
} as const;
const PUBLISHED_MS = Date.UTC(2026, 0, 1);

/** No row when there are no samples. */
export async function storedBytes(): Promise<Row[]> {
  if (!fs.existsSync(path.join(SAMPLES, 'okta-openapi-logevent-examples.json'))) return [];
  const samples = readSamples(SAMPLES).map(({ text }) => JSON.parse(text));
  const [events, letters] = [new MemoryTable(), new MemoryTable()];
  const stores = { events, deadLetters: letters, blobs: new MemoryBlobs() };
  const count = samples.length * PAGE;
  const writer = new TablesSink(stores, systemChance).open(CHAIN);
  let characters = 0;
  for (let start = 0; start < count; start += PAGE) {
    const texts = Array.from({ length: PAGE }, (_, n) => {
      const published = new Date(PUBLISHED_MS + start + n).toISOString();
      // Okta sends no white space between tokens; some samples were formatted.
      return JSON.stringify({
        ...samples[(start + n) % samples.length],
        uuid: crypto.randomUUID(),
        published,
      });
    });
    characters += texts.reduce((sum, { length }) => sum + length, 0);
    const page = splitEvents(`[${texts.join(',')}]`);
    if (!page.ok) throw new Error(page.reason);
    await writer.write(page.events);
  }
  if ([...letters.everything()].length > 0) throw new Error('a sample was not stored as an event');
  let bytes = 0;
  for (const { partition, key, cells } of events.everything())
    bytes += entityBytes(partition, key, Object.entries(cells));
  const [perEvent, asText] = [bytes / count, characters / count].map(Math.round) as [
    number,
    number,
  ];
  const of = `sample events of ${asText} characters`;
  return [row('stored bytes per event', '≤ 600', perEvent, perEvent <= 600, of)];
}

/**
 * The documented size of an entity, whose fixed part includes the time stamp
 * (https://learn.microsoft.com/archive/blogs/avkashchauhan/how-the-size-of-an-entity-is-caclulated-in-windows-azure-table-storage).
 */
function entityBytes(partition: string, key: string, cells: [string, Cell][]): number {
  let bytes = 4 + (partition.length + key.length) * 2;
  for (const [name, value] of cells) bytes += 8 + name.length * 2 + valueBytes(value);
  return bytes;
}

function valueBytes(value: Cell): number {
  if (typeof value === 'string') return value.length * 2 + 4;
  if (value instanceof Uint8Array) return value.length + 4;
  return typeof value === 'boolean' ? 1 : 8;
}
