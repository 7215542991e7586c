/**
 * The body of a response, bounded. Its bytes are collected as they were sent, and decoded in one call
 * afterwards: a decoder in a chain of streams can fail when nobody listens any more, and an event
 * that nobody handles ends the process.
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

/** @throws BodyError when it is longer than `maxBytes`, as sent or decoded, or not whole. */
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
 * The only coding that is asked for. Codings are named in any case, and `x-gzip` is `gzip`:
 * https://www.rfc-editor.org/rfc/rfc9110.html#section-8.4.1
 */
function isGzip({ 'content-encoding': named = [] }: Headers): boolean {
  const codings = [named].flat().join().toLowerCase().split(',');
  const applied = codings.map((coding) => coding.trim()).filter((coding) => !NO_CODING.has(coding));
  return applied.length === 1 && GZIP.has(applied[0] ?? '');
}

const NO_CODING = new Set(['', 'identity']);
const GZIP = new Set(['gzip', 'x-gzip']);
