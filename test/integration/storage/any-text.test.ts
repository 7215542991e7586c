/** Any content of a cell or a key is returned unchanged, and disturbs no other transaction. */
import { TableClient } from '@azure/data-tables';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { AzureTable } from '../../../shared/storage/azure-table.ts';
import { newStorageAccount } from '../../support/storage-account.ts';

let table: AzureTable;
let keys = 0;

beforeAll(async () => {
  const account = await newStorageAccount();
  const options = { allowInsecureConnection: true };
  table = new AzureTable(TableClient.fromConnectionString(account, 'any', options));
});

const nextKey = (): string => String(++keys).padStart(8, '0');

/** Stores the cell in one transaction with an ordinary row. */
async function storedBeside(key: string, text: string): Promise<unknown> {
  const [before, after] = [`${key}_0`, `${key}_2`];
  const plain = { kind: 'create' as const, cells: { text: 'plain' } };
  const odd = { kind: 'create' as const, key: `${key}_1`, cells: { text } };
  const result = await table.batch('p', [{ ...plain, key: before }, odd, { ...plain, key: after }]);
  expect(result).toMatchObject({ ok: true });
  expect((await table.get('p', after))?.cells.text).toBe('plain');
  return (await table.get('p', odd.key))?.cells.text;
}

const NUL = String.fromCharCode(0);
const TEXTS = [
  ['a line separator', 'Max\u2028Muster'],
  ['a paragraph separator', 'Max\u2029Muster'],
  ['line breaks', 'a\r\nb\nc\rd'],
  ['a next line and other breaks', 'a\u0085b\u000bc\fd'],
  ['control characters', `a${NUL}b\u0001c\u001fd\u007f`],
  ['a boundary', '\r\n--changeset_1\r\n--batch_1--\r\n'],
  ['a request', '\r\nPOST http://127.0.0.1/any HTTP/1.1\r\nIf-Match: *\r\n\r\n{}'],
  ['braces', '{"a":"}{"}}{{'],
  ['bidirectional marks', 'a\u202eb\u2066c\u200f'],
  ['a byte order mark', '\ufeffa\ufeff'],
  ['non-characters', 'a\uffffb\ufffe'],
  ['emoji', '👩‍👩‍👧 🚀'],
] as const;

describe('a cell', () => {
  it.each(TEXTS)('can hold %s', async (_, text) => {
    expect(await storedBeside(nextKey(), text)).toBe(text);
  });

  it('can hold any text', async () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expect(await storedBeside(nextKey(), text)).toBe(text);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a key', () => {
  it.each(["'", '"', '%2F', '+', '&', '👩‍👧', '\u202e', '~', ' '])('can hold %j', async (text) => {
    const key = nextKey() + text;
    expect(await storedBeside(key, 'any')).toBe('any');
    const row = await table.get('p', `${key}_1`);
    const change = { kind: 'replace' as const, key: `${key}_1`, etag: row?.etag ?? '' };
    const gone = { kind: 'delete' as const, key: `${key}_0` };
    const changed = await table.batch('p', [{ ...change, cells: { text: 'new' } }, gone]);
    expect(changed).toMatchObject({ ok: true });
    expect((await table.get('p', `${key}_1`))?.cells.text).toBe('new');
  });
});
