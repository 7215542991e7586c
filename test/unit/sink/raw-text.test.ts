import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventText } from '../../../dev/demo-org/event-text.ts';
import { OKTA_1 } from '../../../shared/sink/dictionaries/okta-1.ts';
import { RawText } from '../../../shared/sink/raw-text.ts';
import type { Cells } from '../../../shared/storage/table.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';

const rawText = () => new RawText(new MemoryBlobs());
const formOf = async (raw: string) => Object.keys(await rawText().toCells(raw, 'blob'));

async function roundTrip(raw: string): Promise<string> {
  const store = rawText();
  return await store.fromCells(await store.toCells(raw, 'blob'));
}

describe('a raw text', () => {
  it('is stored unchanged, whatever it holds', async () => {
    const character = fc.constantFrom('a', '"', '\\', 'é', '漢', '😀', '\n', '\u0000', '\ufeff');
    const text = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc
        .tuple(fc.json(), character, fc.nat({ max: 40_000 }))
        .map(([json, one, n]) => json + one.repeat(n)),
      fc.tuple(fc.nat(), fc.nat()).map(([seed, index]) => eventText(seed, index, 1e12).raw),
      fc.nat({ max: OKTA_1.length }).map((start) => OKTA_1.slice(start)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (raw) => {
        const stored = await roundTrip(raw);
        // Not by `toBe`: the message would hold all of a long text.
        expect(stored === raw).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('of an event takes a fifth of its size, or less', async () => {
    let [characters, stored] = [0, 0];
    for (let index = 0; index < 500; index++) {
      const { raw } = eventText(77, index, 1_790_000_000_000 + index);
      const { rawOkta1 } = await rawText().toCells(raw, 'blob');
      characters += raw.length;
      stored += (rawOkta1 as Uint8Array).length;
    }
    expect(stored).toBeLessThan(characters / 5);
  });

  it('stays text when it does not become shorter, or UTF-8 cannot hold it', async () => {
    expect(await formOf('7')).toEqual(['raw']);
    const half = `${'a'.repeat(100)}\ud83d`;
    expect(await formOf(half)).toEqual(['raw']);
    expect(await roundTrip(half)).toBe(half);
  });

  it('above 30,000 characters is compressed over several cells', async () => {
    expect(await formOf('a'.repeat(30_000))).toEqual(['rawOkta1']);
    expect(await formOf('a'.repeat(30_001))).toEqual(['raw0']);
  });
});

describe('a text that an earlier version stored', () => {
  const raw = eventText(1, 1, 1_790_000_000_000).raw;

  it('is read as text, in compressed cells, or from its blob', async () => {
    const blobs = new MemoryBlobs();
    await blobs.put('name', raw);
    const zipped = gzipSync(raw);
    const forms: Cells[] = [
      { raw },
      { raw0: zipped.subarray(0, 100), raw1: zipped.subarray(100) },
      { rawBlob: 'name' },
    ];
    for (const cells of forms)
      expect(await new RawText(blobs).fromCells({ hash: 'x', ...cells, source: 'live' })).toBe(raw);
  });

  // The bytes that compression makes depend on the processor; that these bytes are read must never change.
  it('is read with the dictionary of its time', async () => {
    const stored = Buffer.from(PINNED, 'base64');
    expect(await rawText().fromCells({ rawOkta1: stored })).toBe(raw);
    expect(hash('sha256', OKTA_1)).toBe(
      'b65031f4ae5f47988b258c98d5a464007980ee49fd63662195bae5f2d921977f',
    );
  });
});

it('a text with the dictionary of a later version is refused, and not misread', async () => {
  const cells = await rawText().toCells(eventText(1, 1, 1e12).raw, 'blob');
  const later = { rawOkta2: cells.rawOkta1 as Uint8Array, hash: 'x' };
  await expect(rawText().fromCells(later)).rejects.toThrow(
    'stored in a form that this version of the app does not know',
  );
  await expect(rawText().fromCells({ hash: 'x' })).rejects.toThrow('does not know');
});

const PINNED = 'o8e8z+FtRXkKh1tH4tzP4ZVkdmNGZ3+G7eyPpa6RYYihiZWhsZXR6OzP6OzP6OzP6OwPMbM/AA==';
