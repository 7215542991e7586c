/** The port to Okta's servers: a GET and its result. Failures of the network are values. */
import type { Chance } from '../chance.ts';
import type { Token } from '../token.ts';

export type Headers = Record<string, string | string[] | undefined>;

export interface OktaRequest {
  url: URL;
  /** Sent as `Authorization: SSWS …`. The caller has checked that the host may receive it. */
  token?: Token;
  timeoutMs: number;
  signal?: AbortSignal;
}

export type UnreachableReason =
  | 'name-not-found'
  | 'name-service'
  | 'refused'
  | 'reset'
  | 'tls'
  | 'private-address'
  | 'timeout'
  | 'cut-body'
  | 'too-large'
  | 'headers-too-large'
  | 'not-http'
  | 'proxy-unreachable'
  | 'proxy-refused';

export type OktaReply =
  /** For a status other than 200, the body is empty when it could not be read. */
  | { kind: 'reply'; status: number; headers: Headers; body: Uint8Array; receivedAtMs: number }
  | { kind: 'unreachable'; reason: UnreachableReason; detail: string };

export interface OktaTransport {
  /** Rejects only with the reason of the caller's own signal. */
  send(request: OktaRequest): Promise<OktaReply>;
}

/** The dependencies of a request to Okta. */
export interface OktaAccess {
  transport: OktaTransport;
  /** Spreads the retries of requests that were refused together. */
  chance: Chance;
}
