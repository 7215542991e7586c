/** Reads RFC 4180 with a library, to test the product's own writer with an independent reader. */
import { parse } from 'csv-parse/sync';

/**
 * Any line break outside of quotation marks ends a record, so that only CRLF between records
 * passes.
 */
export function parseCsv(text: string): string[][] {
  if (!text.endsWith('\r\n')) throw new Error('the last line is cut off');
  return parse(text, { record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: false });
}
