import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../shared/sink/event-row.ts';
import { recordExport } from '../../../shared/sink/recorded-export.ts';
import { Audit } from '../../../shared/storage/audit.ts';
import { MemoryTable } from '../../support/memory-table.ts';

const RANGE = 'ndjson 2026-11-01T00:00:00.000Z to 2026-11-02T00:00:00.000Z';
const request = {
  format: 'ndjson',
  fromMs: Date.parse('2026-11-01T00:00:00.000Z'),
  toMs: Date.parse('2026-11-02T00:00:00.000Z'),
} as const;
const entry = { atMs: 1, caller: 'functionKey', action: 'events.export', connectorId: 'contoso' };

let audit: Audit;
beforeEach(() => {
  audit = new Audit(new MemoryTable());
});

/** Each event fills a separate chunk. */
async function* events(count: number, failure?: Error): AsyncGenerator<StoredEvent> {
  for (let n = 0; n < count; n++) {
    const raw = JSON.stringify({ n, fill: 'x'.repeat(70_000) });
    yield { publishedMs: n, uuid: String(n), storedAtMs: n, source: 'live', raw };
  }
  if (failure) throw failure;
}
const begin = async (source: AsyncIterable<StoredEvent>) =>
  await recordExport(audit, entry, 'request', request, source);
const recorded = async () => (await Array.fromAsync(audit.list())).map(({ key: _, ...one }) => one);

describe('an export in the audit', () => {
  it('is recorded with its range before anything is read', async () => {
    await begin(events(3));
    expect(await recorded()).toEqual([{ ...entry, result: 'started', detail: RANGE }]);
  });

  it('is ok with its number of rows when it is complete', async () => {
    const chunks = await Array.fromAsync(await begin(events(3)));
    expect(chunks).toHaveLength(3);
    expect(await recorded()).toEqual([{ ...entry, result: 'ok', detail: `${RANGE}: 3 rows` }]);
  });

  it('is failed with the rows so far when its reader disconnects', async () => {
    const file = ReadableStream.from(await begin(events(9))).getReader();
    await file.read();
    await file.read();
    await file.cancel();
    expect(await recorded()).toEqual([{ ...entry, result: 'failed', detail: `${RANGE}: 2 rows` }]);
  });

  it('is failed with the rows so far when reading fails, and the reader is told', async () => {
    const file = await begin(events(2, new Error('storage is away')));
    await expect(Array.fromAsync(file)).rejects.toThrow('storage is away');
    expect(await recorded()).toEqual([{ ...entry, result: 'failed', detail: `${RANGE}: 2 rows` }]);
  });
});
