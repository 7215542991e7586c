/** The `OktaTransport` port on undici. No redirects, a bounded body, public addresses only. */
import type dns from 'node:dns';
import { isIP } from 'node:net';
import { createGunzip } from 'node:zlib';
import { Agent, request } from 'undici';
import { ForbiddenAddressError, isPublicAddress, publicLookup } from './address-guard.ts';
import type { OktaReply, OktaRequest, OktaTransport } from './transport.ts';
import { codeOf, reasonOf } from './unreachable.ts';

/** A full page of large events stays far below. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Okta's Content-Security-Policy alone may be longer than the client's own limit of 16 KiB. */
const MAX_HEADER_BYTES = 64 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

export interface TransportOptions {
  /** Exact origins that are reached as written, loopback included. Development only. */
  testOrigins: ReadonlySet<string>;
  version: string;
  lookup?: typeof dns.lookup;
  /** Certificate authority for tests; the system's otherwise. */
  ca?: string;
}

class BodyError extends Error {
  readonly code: 'BODY_TOO_LARGE' | 'BODY_CUT';

  constructor(code: 'BODY_TOO_LARGE' | 'BODY_CUT', options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

async function readBody(stream: AsyncIterable<Buffer>, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) throw new BodyError('BODY_TOO_LARGE');
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof BodyError || signal.aborted) throw cause;
    throw new BodyError('BODY_CUT', { cause });
  }
  return Buffer.concat(chunks);
}

export function createOktaTransport(
  options: TransportOptions,
): OktaTransport & { close(): Promise<void> } {
  const tls = options.ca ? { ca: options.ca } : {};
  const guarded = new Agent({
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: { ...tls, lookup: publicLookup(options.lookup), timeout: CONNECT_TIMEOUT_MS },
  });
  const open = new Agent({
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: { ...tls, timeout: CONNECT_TIMEOUT_MS },
  });
  const userAgent = `okta-connector/${options.version}`;

  async function exchange({ url, token }: OktaRequest, signal: AbortSignal): Promise<OktaReply> {
    const isTest = options.testOrigins.has(url.origin);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (!isTest && isIP(host) && !isPublicAddress(host))
      throw new ForbiddenAddressError('not a public address');
    const response = await request(url, {
      dispatcher: isTest ? open : guarded,
      signal,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip',
        'user-agent': userAgent,
        ...(token ? { authorization: `SSWS ${token.reveal()}` } : {}),
      },
    });
    const zipped = response.headers['content-encoding'] === 'gzip';
    const stream = zipped ? response.body.compose(createGunzip()) : response.body;
    const body = await readBody(stream, signal);
    return {
      kind: 'reply',
      status: response.statusCode,
      headers: response.headers,
      body,
      receivedAtMs: Date.now(),
    };
  }

  return {
    send: async (asked) => {
      const timeout = AbortSignal.timeout(asked.timeoutMs);
      const signal = asked.signal ? AbortSignal.any([asked.signal, timeout]) : timeout;
      try {
        return await exchange(asked, signal);
      } catch (error) {
        // A deadline of the caller's is Okta's silence; any other abort is the caller's own wish.
        const aborted = asked.signal?.aborted && !isTimeout(asked.signal.reason);
        if (aborted) throw asked.signal?.reason;
        const reason = signal.aborted ? 'timeout' : reasonOf(error);
        return { kind: 'unreachable', reason, detail: codeOf(error) ?? 'unknown' };
      }
    },
    close: async () => {
      await Promise.all([guarded.close(), open.close()]);
    },
  };
}

const isTimeout = (reason: unknown) =>
  reason instanceof DOMException && reason.name === 'TimeoutError';
