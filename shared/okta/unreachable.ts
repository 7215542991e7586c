/** The reason why a host was unreachable, from the error of a socket or of undici (pure). */
import { errors } from 'undici';
import type { UnreachableReason } from './transport.ts';

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}

const REASONS: Record<string, UnreachableReason> = {
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-service',
  EAI_FAIL: 'name-service',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  FORBIDDEN_ADDRESS: 'private-address',
  BODY_TOO_LARGE: 'too-large',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  BODY_CUT: 'cut-body',
  UND_ERR_HEADERS_OVERFLOW: 'headers-too-large',
  // A breach of the protocol by nghttp2's rules, such as headers of more than 64 KiB.
  ERR_HTTP2_ERROR: 'not-http',
};

export function reasonOf(error: unknown): UnreachableReason {
  const code = codeOf(error) ?? '';
  if (/^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_)/.test(code))
    return 'tls';
  if (error instanceof errors.HTTPParserError) return 'not-http';
  return REASONS[code] ?? 'reset';
}

/** The same through a proxy: network errors then concern the connection to the proxy. */
export function reasonThroughProxy(error: unknown): UnreachableReason {
  // The proxy has answered CONNECT with a status other than 200.
  if (error instanceof errors.RequestAbortedError) return 'proxy-refused';
  const reason = reasonOf(error);
  return TO_PROXY.has(reason) ? 'proxy-unreachable' : reason;
}

const TO_PROXY = new Set<UnreachableReason>(['refused', 'name-not-found', 'name-service']);
