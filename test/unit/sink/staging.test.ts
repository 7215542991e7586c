import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemChance } from '../../../shared/chance.ts';
import { type RawEvent, splitEvents } from '../../../shared/okta/split-events.ts';
import { RawText } from '../../../shared/sink/raw-text.ts';
import type { SinkStores } from '../../../shared/sink/stores.ts';
import { TablesSink } from '../../../shared/sink/tables-sink.ts';
import { TablesStaging } from '../../../shared/sink/tables-staging.ts';
import type { BatchResult, Operation } from '../../../shared/storage/table.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { MemoryTable } from '../../support/memory-table.ts';

const MISSING = 1200;
const ASIDE = 'contoso.g1_v0002';
const VERIFY = {
  connectorId: 'contoso',
  generation: 'g1',
  name: 'v0002',
  source: 'backfill',
} as const;
const never = () => false;
const always = () => true;

class CountedTable extends MemoryTable {
  deletions = 0;
  override async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    if (operations.some(({ kind }) => kind === 'delete')) this.deletions++;
    return await super.batch(partition, operations);
  }
}

let stores: SinkStores & { events: CountedTable; blobs: MemoryBlobs };
let sink: TablesSink;
let staging: TablesStaging;

const page = (name: string, count: number) => {
  const events = Array.from({ length: count }, (_, n) => ({
    uuid: `${name}${n}`,
    published: `2026-11-${n % 2 === 0 ? 18 : 19}T12:00:00.000Z`,
  }));
  return (splitEvents(JSON.stringify(events)) as { events: RawEvent[] }).events;
};
const leftAside = async () => (await Array.fromAsync(stores.events.list(ASIDE))).length;

beforeEach(async () => {
  const [events, deadLetters, blobs] = [new CountedTable(), new MemoryTable(), new MemoryBlobs()];
  stores = { events, deadLetters, blobs };
  sink = new TablesSink(stores, systemChance);
  staging = new TablesStaging(stores, systemChance);
  await staging.openStaging(VERIFY).write(page('missing', MISSING));
});

describe('the staged events of a verify', () => {
  it('are committed in batches of a hundred', async () => {
    expect(await staging.commitStaged(VERIFY, never)).toBe(MISSING);
    expect(await leftAside()).toBe(0);
    expect(stores.events.deletions).toBeLessThanOrEqual(MISSING / 100 + 3);
  });

  it('are committed in steps, each of which makes progress, and are counted exactly', async () => {
    const steps: (number | 'more')[] = [];
    const left: number[] = [];
    while (steps.at(-1) !== MISSING && steps.length < 10) {
      steps.push(await staging.commitStaged(VERIFY, always));
      left.push(await leftAside());
    }
    expect(steps).toEqual(['more', 'more', 'more', MISSING]);
    expect(left).toEqual([700, 200, 0, 0]);
  });

  it('may be committed twice concurrently', async () => {
    await sink.open({ ...VERIFY, name: 'live', source: 'live' }).write(page('missing', 200));
    const both = await Promise.all([
      staging.commitStaged(VERIFY, never),
      staging.commitStaged(VERIFY, never),
    ]);
    expect(Math.max(...both.map(Number))).toBe(MISSING - 200);
    expect(await staging.commitStaged(VERIFY, never)).toBe(MISSING - 200);
    expect(await leftAside()).toBe(0);
  });

  it('are deleted up to the last verify that has ended, and no others', async () => {
    const later = { ...VERIFY, name: 'v0003' };
    await staging.openStaging(later).write(page('later', 10));
    await sink.open({ ...VERIFY, name: 'live', source: 'live' }).write(page('stored', 10));
    expect(await staging.discardStaged('contoso', 'g1', 'v0002', always)).toBe(false);
    expect(await leftAside()).toBe(MISSING);
    expect(await staging.discardStaged('contoso', 'g1', 'v0002', never)).toBe(true);
    expect(await leftAside()).toBe(0);
    expect(await staging.commitStaged(later, never)).toBe(10);
    const stored = await Array.fromAsync(stores.events.list('contoso.g1_2026-11-18', { to: '~' }));
    expect(stored).toHaveLength(10);
  });

  describe('that exceed a row', () => {
    const large = randomBytes(900_000).toString('base64');
    const [event] = (
      splitEvents(
        JSON.stringify([{ uuid: 'big', published: '2026-11-18T12:00:00.000Z', large }]),
      ) as {
        events: RawEvent[];
      }
    ).events;
    const stored = async () => {
      const row = (await Array.fromAsync(stores.events.listPartitions('contoso.g1_2', 'd'))).find(
        ({ key }) => key.endsWith('_big'),
      );
      return row && (await new RawText(stores.blobs).fromCells(row.cells));
    };
    beforeEach(async () => {
      await staging.openStaging(VERIFY).write([event as RawEvent]);
    });

    it('leave no blob when they are discarded', async () => {
      expect(stores.blobs.texts.size).toBe(1);
      await staging.discardStaged('contoso', 'g1', 'v0002', never);
      expect(stores.blobs.texts.size).toBe(0);
    });

    it('need no blob for an event that live polling has stored in the meantime', async () => {
      await sink.open({ ...VERIFY, name: 'live' }).write([event as RawEvent]);
      await staging.discardStaged('contoso', 'g1', 'v0002', never);
      expect(await stored()).toBe(event?.raw);
      expect(stores.blobs.texts.size).toBe(1);
    });

    it('leave one blob when they are committed, even after an interrupted step', async () => {
      const remove = stores.blobs.remove.bind(stores.blobs);
      stores.blobs.remove = async (name) => {
        stores.blobs.remove = remove;
        await remove(name);
        throw new Error('cut off');
      };
      await expect(staging.commitStaged(VERIFY, never)).rejects.toThrow('cut off');
      expect(await staging.commitStaged(VERIFY, never)).toBe(MISSING + 1);
      expect(await stored()).toBe(event?.raw);
      expect(stores.blobs.texts.size).toBe(1);
    });
  });
});
