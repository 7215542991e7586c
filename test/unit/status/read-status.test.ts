import { describe, expect, it } from 'vitest';
import { SharedReads } from '../../../shared/shared-reads.ts';
import { CountReader } from '../../../shared/sink/count-reader.ts';
import { readStatus } from '../../../shared/status/read-status.ts';
import { backfillKey } from '../../../shared/storage/checkpoint-rows.ts';
import {
  Checkpoints,
  creation,
  replacement,
  sliceKey,
} from '../../../shared/storage/checkpoints.ts';
import type { KeyRange } from '../../../shared/storage/table.ts';
import { WELL } from '../../support/deps-in-memory.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { aConnector, aLedger, aLivePosition, aSlicePosition, NOW } from '../../support/samples.ts';

const clock = { nowMs: () => NOW, sleep: async () => {} };

/** A table that returns query results in pages, with an action before each page. */
class PagingTable extends MemoryTable {
  queries = 0;
  readonly #pageRows: number;
  #beforePage: (() => Promise<void>)[] = [];

  constructor(pageRows: number) {
    super();
    this.#pageRows = pageRows;
  }

  meanwhile(...beforePage: (() => Promise<void>)[]): void {
    this.#beforePage = beforePage;
  }

  override async get(partition: string, key: string) {
    this.queries++;
    return await super.get(partition, key);
  }

  override async *list(partition: string, range: KeyRange = {}) {
    let { from = '' } = range;
    for (;;) {
      this.queries++;
      await this.#beforePage.shift()?.();
      const rows = await Array.fromAsync(super.list(partition, { ...range, from }));
      yield* rows.slice(0, this.#pageRows);
      if (rows.length <= this.#pageRows) return;
      from = rows[this.#pageRows]?.key ?? '';
    }
  }
}

async function backfilling(table: PagingTable) {
  const checkpoints = new Checkpoints(table);
  const slice = aSlicePosition({ events: 500, requests: 1 });
  const key = sliceKey('0001', slice.fromMs);
  await checkpoints.commit('contoso', [
    creation('live', aLivePosition()),
    creation('backfill', { latest: '0001' }),
    creation(backfillKey('0001'), aLedger()),
    creation(key, slice),
  ]);
  const fold = async () => {
    const ledger = await checkpoints.backfill('contoso', '0001');
    if (!ledger) throw new Error('no ledger');
    const folded = { ...ledger.value, events: 500, requests: 1, slicesDone: 1 };
    await checkpoints.commit('contoso', [replacement(ledger, folded), { kind: 'delete', key }]);
  };
  const stores = {
    events: new MemoryTable(),
    deadLetters: new MemoryTable(),
    blobs: new MemoryBlobs(),
  };
  const deps = {
    checkpoints,
    storageClock: clock,
    counts: new CountReader(stores, clock),
    reads: new SharedReads(),
    health: WELL,
  };
  return { fold, read: async () => (await readStatus(deps, aConnector())).backfill };
}

describe('the status of a backfill', () => {
  it('is read in one query', async () => {
    const table = new PagingTable(1000);
    const { read } = await backfilling(table);
    expect(await read()).toMatchObject({ events: 500, slicesDone: 0, slicesActive: 1 });
    expect(table.queries).toBe(1);
  });

  it('includes a slice that was folded just before', async () => {
    const table = new PagingTable(1000);
    const { fold, read } = await backfilling(table);
    table.meanwhile(fold);
    expect(await read()).toMatchObject({ events: 500, slicesDone: 1, slicesActive: 0 });
  });

  it('never counts a slice twice, even when it is folded between two pages of the reply', async () => {
    for (const pageRows of [1, 2, 3])
      for (const page of [0, 1, 2, 3]) {
        const table = new PagingTable(pageRows);
        const { fold, read } = await backfilling(table);
        table.meanwhile(...Array.from({ length: page }, () => async () => {}), fold);
        const backfill = await read();
        expect(backfill?.events).toBeLessThanOrEqual(500);
        expect((backfill?.slicesDone ?? 0) + (backfill?.slicesActive ?? 0)).toBeLessThanOrEqual(1);
      }
  });
});
