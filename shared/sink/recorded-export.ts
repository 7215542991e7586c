/**
 * An export in the record, with its range and the number of rows, however it ends
 * (docs/contract.md, "Audit").
 */
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
 * Recorded with its range before the first byte is asked for. The file is completed in the record when
 * it is whole, fails, or is given up by the one who reads it: then it is `failed`, with the rows that
 * had been read by then.
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
