import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressed } from '../../../functions/http/compressed.ts';

const LARGE = { value: Array.from({ length: 2000 }, (_, n) => `número ${n}`) };
const accepting = (encodings: string) => ({
  headers: new Headers(encodings ? { 'accept-encoding': encodings } : {}),
});
const bytesOf = ({ body }: { body?: unknown }) => body as Uint8Array;

describe('a large JSON reply', () => {
  it('is sent as Brotli or gzip to a client that accepts it', async () => {
    const br = await compressed(accepting('gzip, deflate, br'), { jsonBody: LARGE });
    expect(br.headers).toMatchObject({ 'Content-Encoding': 'br', Vary: 'Accept-Encoding' });
    expect(JSON.parse(brotliDecompressSync(bytesOf(br)).toString())).toEqual(LARGE);
    const gz = await compressed(accepting('gzip;q=0.5, br;q=0'), { jsonBody: LARGE, status: 202 });
    expect(gz).toMatchObject({ status: 202, headers: { 'Content-Encoding': 'gzip' } });
    expect(gz.headers).toMatchObject({ 'Content-Type': 'application/json' });
    expect(JSON.parse(gunzipSync(bytesOf(gz)).toString())).toEqual(LARGE);
  });

  it('is sent unchanged to other clients', async () => {
    for (const encodings of ['', 'identity', 'gzip;q=0', 'zstd']) {
      const reply = await compressed(accepting(encodings), { jsonBody: LARGE });
      expect(reply.headers).not.toHaveProperty('Content-Encoding');
      expect(reply.headers).toMatchObject({ Vary: 'Accept-Encoding' });
    }
  });

  it('keeps the notation of its text', async () => {
    const text = `{"value":[${'1.50,'.repeat(4000)}9007199254740993]}`;
    const headers = { 'Content-Type': 'application/json' };
    const reply = await compressed(accepting('br'), { body: text, headers });
    expect(brotliDecompressSync(bytesOf(reply)).toString()).toBe(text);
  });
});

it('a small reply, a file and a stream are sent unchanged', async () => {
  const small = { jsonBody: { value: [] } };
  expect(await compressed(accepting('br'), small)).toEqual(small);
  const csv = { body: 'x'.repeat(20_000), headers: { 'Content-Type': 'text/csv' } };
  expect(await compressed(accepting('br'), csv)).toEqual(csv);
  const stream = { body: new ReadableStream(), headers: { 'Content-Type': 'application/json' } };
  expect(await compressed(accepting('br'), stream)).toBe(stream);
});
