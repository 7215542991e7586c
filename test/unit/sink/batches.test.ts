import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf } from '../../../shared/sink/batches.ts';
import type { NewRow } from '../../../shared/sink/counted-inserts.ts';
import { RawText } from '../../../shared/sink/raw-text.ts';
import type { Operation } from '../../../shared/storage/table.ts';
import { encodeTransaction } from '../../../shared/storage/transaction.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const PARTITION = `${'c'.repeat(40)}.12345678_2026-11-20`;
const TABLE = 'https://anaccountwithalongname.table.core.windows.net/events';

async function rowsOf(raws: readonly string[]): Promise<NewRow[]> {
  const rawText = new RawText(new MemoryBlobs());
  return await Promise.all(
    raws.map(async (raw, n) => {
      const key = `8236358800000_${String(n).padStart(36, '0')}`;
      const hash = 'x'.repeat(22);
      const cells = { ...(await rawText.toCells(raw, 'blob')), hash, source: 'backfill' };
      return { key, hash, cells };
    }),
  );
}

/** The request for a batch, including its counter. */
function bytesOf(batch: readonly NewRow[]): number {
  const operations: Operation[] = batch.map(({ key, cells }) => ({ kind: 'create', key, cells }));
  const counter = { key: '~b0001_1763596800000_0', cells: { events: 99n }, etag: 'W/"x"' };
  const all = [...operations, { kind: 'replace' as const, ...counter }];
  return Buffer.byteLength(encodeTransaction(TABLE, PARTITION, all).body);
}

describe('a batch of rows', () => {
  it.each([
    ['ASCII', 'a'],
    ['quotes', '"'],
    ['CJK', '漢'],
    ['emoji', '😀'],
    ['line breaks', '\n'],
    ['control characters', '\u0001'],
    ['halves of emoji', '\ud83d'],
  ])('of long events in %s is smaller than the limit of the service', async (_name, character) => {
    const raw = character.repeat(14_500 / character.length);
    const batches = batchesOf(await rowsOf(Array.from({ length: 99 }, () => raw)));
    expect(batches.flat()).toHaveLength(99);
    for (const batch of batches) expect(bytesOf(batch)).toBeLessThan(MAX_BYTES);
    expect(batches.length).toBeLessThan(5);
  });

  it('is smaller than the limit for any mixture, and loses no row', async () => {
    const character = fc.constantFrom('a', '"', '\\', 'é', '漢', '😀', '\n', '\u0001', '\ud83d');
    const text = fc
      .tuple(character, fc.nat({ max: 40_000 }))
      .map(([one, length]) => one.repeat(length / one.length));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 120 }), async (raws) => {
        const rows = await rowsOf(raws);
        const batches = batchesOf(rows);
        expect(batches.flat().map(({ key }) => key)).toEqual(rows.map(({ key }) => key));
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(99);
          expect(bytesOf(batch)).toBeLessThan(MAX_BYTES);
        }
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  it('holds 99 rows of the usual size', async () => {
    const raws = Array.from({ length: 250 }, () => JSON.stringify({ text: '漢"'.repeat(1500) }));
    expect(batchesOf(await rowsOf(raws)).map(({ length }) => length)).toEqual([99, 99, 52]);
  });

  it('holds as many large rows as fit', async () => {
    const raws = Array.from({ length: 99 }, () => 'a'.repeat(30_000));
    expect(batchesOf(await rowsOf(raws))).toHaveLength(1);
  });
});
