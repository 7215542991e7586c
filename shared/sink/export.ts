/** Stored events as a file: NDJSON with one raw event per line, or CSV (docs/contract.md, "Export"). */
import type { StoredEvent } from './event-row.ts';
import { fieldsOf } from './event-view.ts';

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const CONTENT_TYPES: Record<ExportFormat, string> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
};

/** The size of a chunk: many small writes are slow. */
const CHUNK_CHARACTERS = 64 * 1024;

const COLUMNS: Record<string, (event: ReturnType<typeof fieldsOf>) => unknown> = {
  uuid: ({ uuid }) => uuid,
  published: ({ published }) => published,
  storedAt: ({ storedAt }) => storedAt,
  source: ({ source }) => source,
  eventType: ({ eventType }) => eventType,
  displayMessage: ({ displayMessage }) => displayMessage,
  severity: ({ severity }) => severity,
  outcomeResult: ({ outcome }) => outcome.result,
  outcomeReason: ({ outcome }) => outcome.reason,
  actorId: ({ actor }) => actor.id,
  actorType: ({ actor }) => actor.type,
  actorAlternateId: ({ actor }) => actor.alternateId,
  actorDisplayName: ({ actor }) => actor.displayName,
  clientIpAddress: ({ client }) => client.ipAddress,
  clientCountry: ({ client }) => client.country,
  clientCity: ({ client }) => client.city,
  clientUserAgent: ({ client }) => client.userAgent,
  targets: ({ targets }) =>
    targets.map(({ type, displayName }) => `${type ?? ''}:${displayName ?? ''}`).join('; '),
};

/** The chunks of the file; `counted` is called with the number of events so far. */
export async function* exported(
  events: AsyncIterable<StoredEvent>,
  format: ExportFormat,
  counted: (events: number) => void,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = format === 'csv' ? `${Object.keys(COLUMNS).join(',')}\r\n` : '';
  let count = 0;
  for await (const event of events) {
    text += format === 'csv' ? csvLine(event) : jsonLine(event);
    counted(++count);
    if (text.length < CHUNK_CHARACTERS) continue;
    yield encoder.encode(text);
    text = '';
  }
  if (text !== '') yield encoder.encode(text);
}

/** Line breaks in JSON text occur only between tokens. */
const jsonLine = ({ raw }: StoredEvent): string => `${raw.replace(/\r\n|\r|\n/g, ' ')}\n`;

function csvLine(event: StoredEvent): string {
  const fields = fieldsOf(event);
  return `${Object.values(COLUMNS)
    .map((column) => csvCell(column(fields)))
    .join(',')}\r\n`;
}

/**
 * A cell by RFC 4180. A cell that a spreadsheet would read as a formula is escaped: an attacker can
 * type any user name into a sign-in form (https://owasp.org/www-community/attacks/CSV_Injection).
 */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
