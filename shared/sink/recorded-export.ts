/** Records an export with its range and its number of rows (docs/contract.md, "Audit"). */
import { isoTime } from '../iso-time.ts';
import type { Audit, AuditEntry } from '../storage/audit.ts';
import type { StoredEvent } from './event-row.ts';
import { type ExportFormat, exported } from './export.ts';

export interface ExportRequest {
  format: ExportFormat;
  fromMs: number;
  toMs: number;
}

/**
 * The export is recorded with its range before its first byte is read. The entry is completed at
 * the end: `ok` for a complete file; `failed`, with the number of rows so far, after a failure or
 * when the caller closes the connection.
 */
export async function recordExport(
  audit: Audit,
  entry: Omit<AuditEntry, 'result' | 'detail'>,
  requestId: string,
  { format, fromMs, toMs }: ExportRequest,
  events: AsyncIterable<StoredEvent>,
): Promise<AsyncGenerator<Uint8Array>> {
  const [from, to] = [fromMs, toMs].map(isoTime);
  const range = `${format} ${from} to ${to}`;
  const key = await audit.begin({ ...entry, detail: range }, requestId);

  async function* recorded(): AsyncGenerator<Uint8Array> {
    let rows = 0;
    let isWhole = false;
    try {
      yield* exported(events, format, (count) => {
        rows = count;
      });
      isWhole = true;
    } finally {
      const result = isWhole ? 'ok' : 'failed';
      await audit.complete(key, { result, detail: `${range}: ${rows} rows` });
    }
  }
  return recorded();
}
