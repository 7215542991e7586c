import { systemChance } from '../../../shared/chance.ts';
import { TablesSink } from '../../../shared/sink/tables-sink.ts';
import type { BatchResult } from '../../../shared/storage/table.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { describeSink } from '../../support/sink-conformance.ts';
import { tablesRawsOf } from '../../support/tables-raws.ts';

class BrokenTable extends MemoryTable {
  override async batch(): Promise<BatchResult> {
    throw new Error('the table is away');
  }
}

const blobs = new MemoryBlobs();
const stores = { events: new MemoryTable(), deadLetters: new MemoryTable(), blobs };
const away = { events: new BrokenTable(), deadLetters: new BrokenTable(), blobs };

describeSink('on tables in memory', () => ({
  sink: new TablesSink(stores, systemChance),
  broken: new TablesSink(away, systemChance),
  rawsOf: tablesRawsOf(stores),
}));
