/** The `OktaTransport` port on undici. No redirects, a bounded body, public addresses only. */
import type dns from 'node:dns';
import { isIP } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import {
  ForbiddenAddressError,
  isPublicAddress,
  publicLookup,
  refusePrivateName,
} from './address-guard.ts';
import { readBody } from './response-body.ts';
import type { OktaReply, OktaRequest, OktaTransport } from './transport.ts';
import { codeOf, reasonOf, reasonThroughProxy } from './unreachable.ts';
import { bareHost, type WayRules, wayTo } from './way.ts';

/** A full page of large events is far smaller. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Time limit for the body of an error, of which only the code is used. */
const MAX_ERROR_BODY_BYTES = 64 * 1024;
const ERROR_BODY_TIMEOUT_MS = 2_000;
/** Okta's Content-Security-Policy alone can exceed the client's default limit of 16 KiB. */
const MAX_HEADER_BYTES = 64 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

export interface TransportOptions extends WayRules {
  version: string;
  lookup?: typeof dns.lookup;
  /** Certificate authority for tests; the default is the system's. */
  ca?: string;
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
  const { proxy } = options;
  const proxied =
    proxy &&
    new ProxyAgent({
      uri: proxy.url,
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTls: tls,
      connectTimeout: CONNECT_TIMEOUT_MS,
    });
  const userAgent = `okta-connector/${options.version}`;

  async function agentFor(url: URL): Promise<Dispatcher> {
    const way = wayTo(url, options);
    if (way === 'asWritten') return open;
    const host = bareHost(url);
    if (isIP(host) && !isPublicAddress(host))
      throw new ForbiddenAddressError('not a public address');
    if (way === 'direct' || !proxied) return guarded;
    await refusePrivateName(url.hostname, options.lookup);
    return proxied;
  }

  async function exchange({ url, token }: OktaRequest, signal: AbortSignal): Promise<OktaReply> {
    const agent = await agentFor(url);
    const response = await request(url, {
      dispatcher: agent,
      signal,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip',
        'user-agent': userAgent,
        ...(token ? { authorization: `SSWS ${token.reveal()}` } : {}),
      },
    });
    const { statusCode: status, headers } = response;
    const body = status === 200 ? await pageOf(response) : await errorBodyOf(response);
    return {
      kind: 'reply',
      status,
      headers,
      body,
      receivedAtMs: Date.now(),
    };
  }

  return {
    send: async (asked) => {
      const timeout = AbortSignal.timeout(asked.timeoutMs);
      const signal = asked.signal ? AbortSignal.any([asked.signal, timeout]) : timeout;
      try {
        const reply = await exchange(asked, signal);
        // An abort during the body of an error does not appear in the reply.
        if (isUnwanted(asked.signal)) throw asked.signal?.reason;
        return reply;
      } catch (error) {
        // An expired deadline means that Okta did not answer; any other abort is the caller's
        // decision.
        if (isUnwanted(asked.signal)) throw asked.signal?.reason;
        const isThrough = wayTo(asked.url, options) === 'throughProxy';
        const ofError = isThrough ? reasonThroughProxy(error) : reasonOf(error);
        const reason = signal.aborted ? 'timeout' : ofError;
        return { kind: 'unreachable', reason, detail: codeOf(error) ?? 'unknown' };
      }
    },
    close: async () => {
      await Promise.all([guarded.close(), open.close(), proxied?.close()]);
    },
  };
}

const pageOf = ({ body, headers }: Dispatcher.ResponseData) =>
  readBody(body, headers, MAX_BODY_BYTES);

/** Status and headers suffice: an unreadable body is empty. */
async function errorBodyOf({ body, headers }: Dispatcher.ResponseData): Promise<Buffer> {
  addAbortSignal(AbortSignal.timeout(ERROR_BODY_TIMEOUT_MS), body);
  return await readBody(body, headers, MAX_ERROR_BODY_BYTES).catch(() => Buffer.alloc(0));
}

/** Whether the caller aborted for a reason other than its deadline. */
const isUnwanted = (signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true &&
  !(signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError');
