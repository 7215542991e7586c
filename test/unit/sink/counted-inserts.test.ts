import { describe, expect, it } from 'vitest';
import { CountedInserts } from '../../../shared/sink/counted-inserts.ts';
import type { BatchResult, Operation } from '../../../shared/storage/table.ts';
import { MemoryTable } from '../../support/memory-table.ts';

/** Sends the next batch twice, like a storage client that lost the first reply. */
class LosingTable extends MemoryTable {
  loses = false;

  override async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    const result = await super.batch(partition, operations);
    if (!this.loses) return result;
    this.loses = false;
    return await super.batch(partition, operations);
  }
}

const rows = ['1', '2', '3'].map((key) => ({ key, hash: `h${key}`, cells: { hash: `h${key}` } }));

describe('rows with create-once inserts', () => {
  it('are new, known, or known with different content', async () => {
    const shards = new CountedInserts(new MemoryTable(), 'day', 'live', { writer: 'one' });
    expect(await shards.create(rows)).toEqual({ created: 3, known: 0, variants: 0 });
    const changed = rows.map((row, n) => (n === 0 ? { ...row, hash: 'other' } : row));
    expect(await shards.create(changed)).toEqual({ created: 0, known: 3, variants: 1 });
  });

  it.each([false, true])(
    'are new, not known, when only the reply was lost (fresh: %s)',
    async (fresh) => {
      const table = new LosingTable();
      table.loses = fresh;
      const shards = new CountedInserts(table, 'day', 'live', { writer: 'one', fresh });
      expect(await shards.create(rows.slice(0, 1))).toMatchObject({ created: 1, known: 0 });
      table.loses = true;
      const created = await shards.create(rows.slice(1));
      expect(created).toEqual({ created: 2, known: 0, variants: 0 });
      expect((await table.get('day', '~live_0'))?.cells.events).toBe(3n);
    },
  );

  it('are counted once even when a chain marked as fresh has run before', async () => {
    const table = new MemoryTable();
    await new CountedInserts(table, 'day', 'b1', { writer: 'one' }).create(rows.slice(0, 2));
    const fresh = new CountedInserts(table, 'day', 'b1', { writer: 'two', fresh: true });
    expect(await fresh.create(rows)).toEqual({ created: 1, known: 2, variants: 0 });
    expect((await table.get('day', '~b1_0'))?.cells.events).toBe(3n);
    const again = new CountedInserts(table, 'day', 'b1', { writer: 'three', fresh: true });
    expect(await again.create(rows)).toEqual({ created: 0, known: 3, variants: 0 });
  });
});
