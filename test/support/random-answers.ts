/**
 * Random answers and damages for property tests: encodings, labels, lengths and endings that contradict
 * each other.
 */
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Answer, Damage } from './damaging-server.ts';

/** The text of a page. */
export const PAGE = JSON.stringify(Array.from({ length: 5 }, (_, n) => ({ uuid: `event-${n}` })));
const HOW: Damage['how'][] = ['end', 'reset', 'cut', 'stall', 'flip', 'insert', 'break-tls'];
const body = fc.oneof(
  fc.constantFrom('', '[]', PAGE, 'x'.repeat(100_000)).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const encoded = fc.tuple(body, fc.constantFrom('none', 'gzip', 'twice', 'deflate', 'tail')).map(
  ([plain, way]) =>
    ({
      none: plain,
      gzip: gzipSync(plain),
      twice: Buffer.concat([gzipSync(plain), gzipSync(plain)]),
      deflate: deflateSync(plain),
      tail: Buffer.concat([gzipSync(plain), Buffer.from('behind the end')]),
    })[way] as Buffer,
);
const pieces = fc
  .tuple(encoded, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([bytes, share]) => {
    const at = Math.floor(bytes.length * share);
    return [bytes.subarray(0, at), bytes.subarray(at)];
  });
const coding = fc.constantFrom('gzip', 'GZIP', 'x-gzip', 'gzip, gzip', 'deflate', 'br', '', ',');
const bulk = fc.constantFrom(0, 0, 0, 0, 10_000, 20_000, 70_000, 300_000);
const errorCode = fc.integer({ min: 0, max: 13 });

/** `ending` applies only to HTTP/2. */
export const answers: fc.Arbitrary<Answer> = fc.record({
  status: fc.constantFrom(200, 200, 200, 204, 302, 304, 401, 429, 503),
  headers: fc.tuple(fc.option(coding), bulk).map(([label, bytes]) => {
    const headers: [string, string][] = [['content-type', 'application/json']];
    if (label !== null) headers.push(['content-encoding', label]);
    if (bytes > 0) headers.push(['content-security-policy', 'x'.repeat(bytes)]);
    return headers;
  }),
  pieces,
  framing: fc.oneof(
    fc.constantFrom('length' as const, 'chunked' as const, 'close' as const),
    fc.integer({ min: 0, max: 400 }),
  ),
  ending: fc.oneof(
    fc.record({ kind: fc.constantFrom('end', 'end', 'trailers', 'destroy') }),
    fc.record({ kind: fc.constantFrom('reset', 'goaway'), code: errorCode }),
  ) as fc.Arbitrary<Answer['ending']>,
});
export const damages = fc.option(
  fc.record({
    // The start of an HTTP/2 session and the head of an answer are damaged more often than the rest.
    at: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 110_000 })),
    how: fc.constantFrom(...HOW),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  }),
  { nil: undefined },
);
