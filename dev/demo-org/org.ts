/**
 * A demo Okta org with Okta's behaviour (docs/okta.md): a pure model of requests and replies with
 * an injected clock. `server.ts` serves it over HTTP.
 */
import { randomBytes } from 'node:crypto';
import { EventLog, type LoggedEvent } from './event-log.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { HistoryShape } from './schedule.ts';
import { answerQuery, type QueryOptions } from './system-log.ts';

export interface OrgOptions extends HistoryShape, QueryOptions {
  orgId: string;
  origin: string;
  /** Another name of the same org. */
  alternateOrigin?: string;
  tokens: string[];
  limitPerMinute: number;
  /** Milliseconds by which the org's clock is ahead. */
  clockSkewMs?: number;
  nowMs: () => number;
}

export interface OrgRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: Record<string, string | string[] | undefined>;
}

export interface OrgReply {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | Buffer;
  /** A fault of the reply on the wire, for tests. */
  wire?: 'hang' | 'reset' | 'cut-body';
  /** Changes the sent bytes of the body, which may be compressed, for tests. */
  damage?: (sent: Buffer) => Buffer;
  delayMs?: number;
  /** The reply waits until this settles. */
  heldUntil?: Promise<unknown>;
}

/** Replaces or changes the org's replies to matching requests, `times` times. */
export interface Fault {
  matches?: (request: OrgRequest) => boolean;
  times: number;
  answer: (request: OrgRequest, proper: () => OrgReply) => OrgReply;
}

export class OktaOrg {
  readonly options: OrgOptions;
  readonly log: EventLog;
  readonly limiter: RateLimiter;
  readonly faults: Fault[] = [];
  /** The number of requests for the log, by status. */
  readonly answered = new Map<number, number>();
  #refuseCursorsBeforeMs = 0;

  constructor(options: OrgOptions) {
    this.options = options;
    this.log = new EventLog(options);
    this.limiter = new RateLimiter(options.limitPerMinute);
  }

  /** The org's clock. */
  nowMs(): number {
    return this.options.nowMs() + (this.options.clockSkewMs ?? 0);
  }

  append(text: string, publishedMs: number | undefined, persistedAtMs = this.nowMs()): void {
    this.log.append(text, publishedMs, persistedAtMs);
  }

  /** Refuses all cursors that were issued until now (docs/okta.md, "Refused cursors"). */
  refuseCursors(): void {
    this.#refuseCursorsBeforeMs = this.nowMs() + 1;
  }

  /** All committed events. */
  *truth(): Generator<LoggedEvent & { raw: string }> {
    this.log.advanceTo(this.nowMs());
    for (const event of this.log.committed) yield { ...event, raw: this.log.rawOf(event) };
  }

  handle(request: OrgRequest): OrgReply {
    const fault = this.faults.find(
      ({ matches, times }) => times > 0 && (matches?.(request) ?? true),
    );
    if (fault) fault.times--;
    const reply = fault
      ? fault.answer(request, () => this.#answer(request))
      : this.#answer(request);
    if (request.url.startsWith('/api/v1/logs'))
      this.answered.set(reply.status, (this.answered.get(reply.status) ?? 0) + 1);
    return reply;
  }

  #answer(request: OrgRequest): OrgReply {
    const url = new URL(request.url, this.options.origin);
    if (url.pathname === '/.well-known/okta-organization') return this.#organization();
    if (url.pathname !== '/api/v1/logs')
      return this.error(404, 'E0000007', 'Not found: Resource not found');
    const token = /^SSWS (.+)$/.exec(String(request.headers.authorization ?? ''))?.[1];
    if (token === undefined || !this.options.tokens.includes(token))
      return this.error(401, 'E0000011', 'Invalid token provided');
    if (request.method !== 'GET')
      return this.error(405, 'E0000022', 'The endpoint does not support the provided HTTP method');

    const nowMs = this.nowMs();
    const limited = this.limiter.take(token, nowMs);
    const reply = limited.allowed
      ? this.#logs(url, nowMs)
      : this.error(429, 'E0000047', 'API call exceeded rate limit due to too many requests.');
    return { ...reply, headers: { ...reply.headers, ...limited.headers } };
  }

  #logs(url: URL, nowMs: number): OrgReply {
    this.log.advanceTo(nowMs);
    const answer = answerQuery(this.log, url, nowMs, this.#refuseCursorsBeforeMs, this.options);
    if (!answer.ok) return this.error(400, answer.errorCode, answer.summary);
    const link = (target: URL, rel: string) => `<${target.href}>; rel="${rel}"`;
    return {
      status: 200,
      headers: {
        ...this.#commonHeaders(),
        link: [link(url, 'self'), ...(answer.next ? [link(answer.next, 'next')] : [])],
      },
      body: `[${answer.events.map((event) => this.log.rawOf(event)).join(',')}]`,
    };
  }

  #organization(): OrgReply {
    const { orgId, origin, alternateOrigin } = this.options;
    const _links = {
      organization: { href: origin },
      ...(alternateOrigin ? { alternate: { href: alternateOrigin } } : {}),
    };
    const body = JSON.stringify({ id: orgId, pipeline: 'idx', _links });
    return { status: 200, headers: this.#commonHeaders(), body };
  }

  /** Okta's error body (docs/okta.md, "Error codes"). */
  error(status: number, errorCode: string, errorSummary: string): OrgReply {
    const errorId = `oae${randomBytes(10).toString('hex')}`;
    const body = { errorCode, errorSummary, errorLink: errorCode, errorId, errorCauses: [] };
    return { status, headers: this.#commonHeaders(), body: JSON.stringify(body) };
  }

  #commonHeaders(): Record<string, string> {
    return {
      date: new Date(this.nowMs()).toUTCString(),
      'content-type': 'application/json',
      'x-okta-request-id': randomBytes(14).toString('base64url'),
    };
  }
}
