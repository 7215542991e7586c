/**
 * Compresses large JSON replies: the Functions host does not (docs/azure.md, "Compression").
 */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { HttpResponseInit } from '@azure/functions';
import type { Incoming } from './incoming.ts';

const SMALLEST_BYTES = 8 * 1024;
const JSON_TYPE = 'application/json';
/** The highest level that costs less time than it saves on the way. */
const BROTLI_QUALITY = 4;

const toBrotli = promisify<Uint8Array, object, Buffer>(brotliCompress);
const toGzip = promisify<Uint8Array, Buffer>(gzip);

/** The same reply; JSON text of 8 KiB and more in an encoding that the caller accepts. */
export async function compressed(
  { headers }: Pick<Incoming, 'headers'>,
  reply: HttpResponseInit,
): Promise<HttpResponseInit> {
  const text = jsonTextOf(reply);
  if (text === undefined) return reply;
  const bytes = Buffer.from(text);
  if (bytes.byteLength < SMALLEST_BYTES) return reply;
  const { jsonBody: _, ...rest } = reply;
  const common = { ...reply.headers, 'Content-Type': JSON_TYPE, Vary: 'Accept-Encoding' };
  const encoding = encodingFor(headers.get('accept-encoding') ?? '');
  if (!encoding) return { ...rest, body: text, headers: common };
  const params = { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } };
  const body = encoding === 'br' ? await toBrotli(bytes, params) : await toGzip(bytes);
  return { ...rest, body, headers: { ...common, 'Content-Encoding': encoding } };
}

function jsonTextOf({ jsonBody, body, headers }: HttpResponseInit): string | undefined {
  if (jsonBody !== undefined) return JSON.stringify(jsonBody);
  const type = new Headers(headers as Record<string, string>).get('content-type');
  return typeof body === 'string' && type === JSON_TYPE ? body : undefined;
}

const ENCODINGS = ['br', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** The encoding to answer with, from the header `Accept-Encoding`; a weight of 0 is a refusal. */
export function encodingFor(accepted: string): Encoding | undefined {
  const taken = accepted
    .split(',')
    .map((one) =>
      one
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .filter(([, weight]) => weight === undefined || Number(weight.replace('q=', '')) > 0)
    .map(([name]) => name);
  return ENCODINGS.find((encoding) => taken.includes(encoding));
}
