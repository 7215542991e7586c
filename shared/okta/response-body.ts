/**
 * Reads the body of a response up to a limit. The bytes are collected as sent and then decoded in
 * one call: a decoder in a pipeline of streams can fail after its listeners are gone, and an
 * unhandled error event ends the process.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Headers } from './transport.ts';
import { codeOf } from './unreachable.ts';

export class BodyError extends Error {
  readonly code: 'BODY_TOO_LARGE' | 'BODY_CUT';

  constructor(code: 'BODY_TOO_LARGE' | 'BODY_CUT', options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** @throws BodyError when the body exceeds `maxBytes`, as sent or decoded, or is incomplete. */
export async function readBody(
  chunks: AsyncIterable<Buffer>,
  headers: Headers,
  maxBytes: number,
): Promise<Buffer> {
  const sent = await readSent(chunks, maxBytes);
  if (!isGzip(headers)) return sent;
  try {
    return await decoded(sent, { maxOutputLength: maxBytes });
  } catch (cause) {
    const tooLarge = codeOf(cause) === 'ERR_BUFFER_TOO_LARGE';
    throw new BodyError(tooLarge ? 'BODY_TOO_LARGE' : 'BODY_CUT', { cause });
  }
}

const decoded = promisify(gunzip);

async function readSent(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > maxBytes) throw new BodyError('BODY_TOO_LARGE');
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof BodyError) throw cause;
    throw new BodyError('BODY_CUT', { cause });
  }
  return Buffer.concat(chunks);
}

/**
 * The only requested coding. Names of codings are case-insensitive, and `x-gzip` is `gzip`:
 * https://www.rfc-editor.org/rfc/rfc9110.html#section-8.4.1
 */
function isGzip({ 'content-encoding': named = [] }: Headers): boolean {
  const codings = [named].flat().join().toLowerCase().split(',');
  const applied = codings.map((coding) => coding.trim()).filter((coding) => !NO_CODING.has(coding));
  return applied.length === 1 && GZIP.has(applied[0] ?? '');
}

const NO_CODING = new Set(['', 'identity']);
const GZIP = new Set(['gzip', 'x-gzip']);
