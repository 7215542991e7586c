import { expect, it } from 'vitest';
import { SharedReads } from '../../../shared/shared-reads.ts';
import { CountReader } from '../../../shared/sink/count-reader.ts';
import { readStatus } from '../../../shared/status/load-inputs.ts';
import {
  backfillKey,
  Checkpoints,
  creation,
  replacement,
  sliceKey,
} from '../../../shared/storage/checkpoints.ts';
import { StatusTable } from '../../../shared/storage/status-facts.ts';
import type { KeyRange } from '../../../shared/storage/table.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { aConnector, aLedger, aSlicePosition, NOW } from '../../support/samples.ts';

const clock = { nowMs: () => NOW, sleep: async () => {} };

/** A table in which a slice is folded into its ledger between one read and the next. */
class FoldingTable extends MemoryTable {
  fold: (() => Promise<void>) | undefined;

  override async *list(partition: string, range?: KeyRange) {
    const rows = await Array.fromAsync(super.list(partition, range));
    const fold = this.fold;
    this.fold = undefined;
    await fold?.();
    yield* rows;
  }
}

it('counts a slice once though it is folded while the status is read', async () => {
  const table = new FoldingTable();
  const checkpoints = new Checkpoints(table);
  const slice = aSlicePosition({ events: 500, requests: 1 });
  const key = sliceKey('0001', slice.fromMs);
  await checkpoints.commit('contoso', [
    creation('backfill', { latest: '0001' }),
    creation(backfillKey('0001'), aLedger()),
    creation(key, slice),
  ]);
  table.fold = async () => {
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
  const status = await readStatus(
    {
      checkpoints,
      status: new StatusTable(new MemoryTable()),
      storageClock: clock,
      counts: new CountReader(stores, clock),
      reads: new SharedReads(),
    },
    aConnector(),
  );
  expect(status.backfill).toMatchObject({
    events: 500,
    requests: 1,
    slicesDone: 1,
    slicesActive: 0,
  });
});
