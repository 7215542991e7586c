/** One page of the System Log: asked for, checked, cut into events. Nothing may advance past a page that fails here. */
import type { Problem } from '../errors.ts';
import type { Token } from '../token.ts';
import { isLogsUrl, parseNextLink } from './link-header.ts';
import { OKTA_RETENTION_MS } from './log-facts.ts';
import { hasCursor, pageSizeOf, sinceOf } from './logs-url.ts';
import { badResponse, innerErrorOf, problemOfStatus, problemOfUnreachable } from './problems.ts';
import {
  dateOf,
  firstValue,
  type RateLimit,
  readRateLimit,
  type Throttle,
  throttleWaitMs,
} from './rate-limit.ts';
import { type RawEvent, splitEvents } from './split-events.ts';
import type { OktaAccess, OktaReply } from './transport.ts';

export interface LogsRequest {
  url: string;
  token: Token;
  /** The hosts that may have the token. */
  hosts: ReadonlySet<string>;
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface LogsPage {
  kind: 'page';
  events: RawEvent[];
  /** Absent when Okta names none. */
  next?: string;
  /** Whether there was any link at all: Okta names the page itself even where nothing follows. */
  linked: boolean;
  /** The URL that was asked. */
  self: string;
  /** The page size of that URL. */
  limit: number;
  rate?: RateLimit;
  /** Okta's time of the reply. */
  dateMs: number;
}

export interface LogsThrottled {
  kind: 'throttled';
  reason: Throttle['kind'];
  waitMs: number;
  problem: Problem;
  rate?: RateLimit;
}

export interface LogsFailed {
  kind: 'failed';
  problem: Problem;
  /** What the URL itself has to do with it: asking for it once more may be of no use. */
  fault?: UrlFault;
  /** What was thrown, when the problem is a defect of ours. */
  defect?: unknown;
  /** Okta's time of the reply, where there was one. */
  dateMs?: number;
  rate?: RateLimit;
}

export type UrlFault =
  /** Okta will never take this cursor, or this `since`, again (docs/okta.md, "Refused cursors"). */
  | 'refused'
  /** The query may have taken Okta too long (docs/okta.md, "Failing queries"). */
  | 'tooSlow'
  /** The page is larger than we can take. */
  | 'tooLarge';

export type LogsOutcome = LogsPage | LogsThrottled | LogsFailed;

export async function readLogsPage(
  { transport, chance }: OktaAccess,
  request: LogsRequest,
): Promise<LogsOutcome> {
  const url = new URL(request.url);
  if (!isLogsUrl(url, url.protocol, request.hosts))
    return failedRead(badResponse('a link away from the log of this org'));
  const { token, timeoutMs, signal } = request;
  const reply = await transport.send({ url, token, timeoutMs, ...(signal ? { signal } : {}) });
  if (reply.kind === 'unreachable') {
    const failed = failedRead(problemOfUnreachable(reply.reason));
    if (reply.reason === 'timeout') return { ...failed, fault: 'tooSlow' };
    return reply.reason === 'too-large' ? { ...failed, fault: 'tooLarge' } : failed;
  }

  const { status, headers, body, receivedAtMs } = reply;
  const rate = readRateLimit(headers, receivedAtMs);
  const withRate = rate ? { rate } : {};
  if (status === 200) return { ...readPage(reply, url, request), ...withRate };
  const problem = problemOfStatus(status, headers, body);
  if (status === 429) {
    const { kind: reason, waitMs } = throttleWaitMs(headers, receivedAtMs, chance);
    return { kind: 'throttled', reason, waitMs, problem, ...withRate };
  }
  const dateMs = dateOf(headers, receivedAtMs);
  const fault = faultOf(status, request.url, dateMs);
  return { kind: 'failed', problem, dateMs, ...(fault ? { fault } : {}), ...withRate };
}

function readPage(
  { status, headers, body, receivedAtMs }: OktaReply & { kind: 'reply' },
  url: URL,
  request: LogsRequest,
): LogsPage | LogsFailed {
  const inner = innerErrorOf(status, headers, new Uint8Array());
  const type = firstValue(headers, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    const seen = type === 'text/html' ? 'an HTML page' : 'another type of content';
    return failedRead(badResponse(seen, inner));
  }
  const text = decode(body);
  if (text === undefined) return failedRead(badResponse('text that is not UTF-8', inner));
  const split = splitEvents(text);
  if (!split.ok) return failedRead(badResponse(`unusable JSON: ${split.reason}`, inner));
  const link = parseNextLink(headers.link, url, request.hosts);
  if (link.kind === 'refused')
    return failedRead(badResponse(`a next link refused: ${link.reason}`, inner));
  return {
    kind: 'page',
    events: split.events,
    ...(link.kind === 'next' ? { next: link.url } : {}),
    linked: headers.link !== undefined,
    self: request.url,
    limit: pageSizeOf(request.url),
    dateMs: dateOf(headers, receivedAtMs),
  };
}

function decode(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** A `since` of more than 180 days ago is refused like a cursor that is worth nothing any more. */
function faultOf(status: number, url: string, dateMs: number): UrlFault | undefined {
  if (status === 500) return 'tooSlow';
  if (status !== 400) return undefined;
  const outdated = (sinceOf(url) ?? dateMs) < dateMs - OKTA_RETENTION_MS;
  return hasCursor(url) || outdated ? 'refused' : undefined;
}

/** A read that failed for a reason of its own. */
export const failedRead = (problem: Problem): LogsFailed => ({ kind: 'failed', problem });
