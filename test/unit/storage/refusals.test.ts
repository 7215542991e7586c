import { beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '../../../shared/storage/audit.ts';
import type { BatchResult, Operation } from '../../../shared/storage/table.ts';
import { UnsignedCalls } from '../../../shared/storage/unsigned-calls.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { NOW } from '../../support/samples.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

class FailingTable extends MemoryTable {
  fails = false;
  override async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    if (this.fails) throw new Error('storage is away');
    return await super.batch(partition, operations);
  }
}

let time: VirtualTime;
let table: FailingTable;
let refusals: UnsignedCalls;
let requests = 0;
beforeEach(() => {
  time = new VirtualTime(NOW);
  table = new FailingTable(time);
  refusals = new UnsignedCalls(new Audit(table), time, 'webhook.portal');
});

const refuse = async (count: number) => {
  for (let n = 0; n < count; n++) await refusals.note('Unauthorized', `request-${++requests}`);
};
/** Oldest first: seconds after the start, and what it says beside who, what and why. */
const recorded = async () => {
  const entries = await Array.fromAsync(new Audit(table).list());
  return entries.reverse().map(({ key: _, atMs, detail, ...entry }) => {
    const code = 'Unauthorized';
    expect(entry).toEqual({ caller: 'unknown', action: 'webhook.portal', result: 'refused', code });
    return [(atMs - NOW) / 1000, detail];
  });
};

describe('refusals of unknown callers', () => {
  it('are recorded at once when there was none for a while', async () => {
    await refuse(1);
    expect(await recorded()).toEqual([[0, undefined]]);
    await time.run(600_000);
    await refuse(1);
    expect(await recorded()).toEqual([
      [0, undefined],
      [600, undefined],
    ]);
  });

  it('are recorded together, once a minute, with their number', async () => {
    await refuse(1000);
    expect(await recorded()).toHaveLength(1);
    await time.run(90_000);
    await refuse(5);
    await time.run(600_000);
    expect(await recorded()).toEqual([
      [0, undefined],
      [60, `999 since ${new Date(NOW).toISOString()}`],
      [120, `5 since ${new Date(NOW + 60_000).toISOString()}`],
    ]);
  });

  it('are counted on while the storage is away', async () => {
    await refuse(10);
    table.fails = true;
    await time.run(90_000);
    table.fails = false;
    await refuse(1);
    await time.run(60_000);
    expect(await recorded()).toEqual([
      [0, undefined],
      [120, `10 since ${new Date(NOW).toISOString()}`],
    ]);
  });

  it('are not let through unrecorded: the first says that the storage is away', async () => {
    table.fails = true;
    await expect(refuse(1)).rejects.toThrow('storage is away');
    table.fails = false;
    await refuse(1);
    expect(await recorded()).toHaveLength(1);
  });
});
