/**
 * Reads a page of the System Log, validates it and splits it into events. A chain never advances
 * past a page that fails here.
 */
import { needsOperator, type Problem } from '../errors.ts';
import type { Token } from '../token.ts';
import { isLogsUrl, parseNextLink } from './link-header.ts';
import { OKTA_RETENTION_MS } from './log-facts.ts';
import { hasCursor, pageSizeOf, sinceOf } from './logs-url.ts';
import {
  badResponse,
  foreignResponse,
  innerErrorOf,
  mediaTypeOf,
  NAME_LOST,
  problemOfStatus,
  problemOfUnreachable,
} from './problems.ts';
import {
  dateOf,
  type RateLimit,
  readRateLimit,
  retryAfterMs,
  type Throttle,
  throttleWaitMs,
} from './rate-limit.ts';
import { type RawEvent, splitPage } from './split-events.ts';
import type { OktaAccess, OktaReply } from './transport.ts';

export interface LogsRequest {
  url: string;
  token: Token;
  /** The hosts that the token may be sent to. */
  hosts: ReadonlySet<string>;
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface LogsPage {
  kind: 'page';
  events: RawEvent[];
  /** Absent when the reply has no next link. */
  next?: string;
  /** Whether the reply has any link: Okta sends a `self` link even on the last page. */
  linked: boolean;
  /** The URL of the request. */
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
  /** The problem that a single failure of this kind does not prove, but a long series of them does. */
  ifItLasts?: Problem;
  /** The part of the URL in the failure: a retry of the same URL may be useless. */
  fault?: UrlFault;
  /** The thrown error, when the problem is a defect of the app. */
  defect?: unknown;
  /** The wait that the reply requests. */
  retryAfterMs?: number;
  /** Okta's time of the reply, if there was a reply. */
  dateMs?: number;
  rate?: RateLimit;
}

export type UrlFault =
  /** Okta will never accept this cursor or `since` again (docs/okta.md, "Refused cursors"). */
  | 'refused'
  /** The query may be too expensive for Okta (docs/okta.md, "Failing queries"). */
  | 'tooSlow'
  /** The page is larger than the app accepts. */
  | 'tooLarge';

export type LogsOutcome = LogsPage | LogsThrottled | LogsFailed;

export async function readLogsPage(
  { transport, chance }: OktaAccess,
  request: LogsRequest,
): Promise<LogsOutcome> {
  const url = new URL(request.url);
  if (!isLogsUrl(url, url.protocol, request.hosts))
    return failedRead(badResponse('its URL is not the log of this org'));
  const { token, timeoutMs, signal } = request;
  const reply = await transport.send({ url, token, timeoutMs, ...(signal ? { signal } : {}) });
  if (reply.kind === 'unreachable') {
    const problem = problemOfUnreachable(reply.reason);
    if (reply.reason === 'name-not-found') return { ...failedRead(NAME_LOST), ifItLasts: problem };
    const failed = failedRead(problem);
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
  const askedMs = retryAfterMs(headers, receivedAtMs);
  const known = {
    dateMs,
    ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }),
    ...(fault ? { fault } : {}),
    ...withRate,
  };
  const foreign = needsOperator(problem.code) && foreignResponse(status, headers, body);
  if (foreign) return { ...failedRead(foreign), ifItLasts: problem, ...known };
  return { ...failedRead(problem), ...known };
}

function readPage(
  { status, headers, body, receivedAtMs }: OktaReply & { kind: 'reply' },
  url: URL,
  request: LogsRequest,
): LogsPage | LogsFailed {
  const inner = innerErrorOf(status, headers, new Uint8Array());
  const type = mediaTypeOf(headers);
  if (type !== 'application/json') {
    const seen = type === 'text/html' ? 'an HTML page' : 'another type of content';
    return failedRead(badResponse(seen, inner));
  }
  const split = splitPage(body);
  if (!split.ok) return failedRead(badResponse(`unusable JSON: ${split.reason}`, inner));
  // An array with other elements besides events is still a page. An array without any event is not a
  // page.
  if (split.events.length > 0 && split.events.every(({ unusable }) => unusable === 'notAnObject'))
    return failedRead(badResponse('an array without a single event', inner));
  const link = parseNextLink(headers.link, url, request.hosts);
  if (link.kind === 'refused')
    return failedRead(badResponse(`its next link is refused: ${link.reason}`, inner));
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

/** Okta refuses a `since` of more than 180 days ago in the same way as an expired cursor. */
function faultOf(status: number, url: string, dateMs: number): UrlFault | undefined {
  if (status === 500) return 'tooSlow';
  if (status !== 400) return undefined;
  const outdated = (sinceOf(url) ?? dateMs) < dateMs - OKTA_RETENTION_MS;
  return hasCursor(url) || outdated ? 'refused' : undefined;
}

export const failedRead = (problem: Problem): LogsFailed => ({ kind: 'failed', problem });
