/**
 * The requests that the host has forwarded to this process, and their responses, by invocation.
 *
 * With streamed HTTP, the library runs a server for the host and does not expose its requests and
 * responses. A diagnostics channel of Node publishes every request to a server of the process; a
 * header holds the id of its invocation (docs/adr/0004-exports-at-the-readers-pace.md).
 */
import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FORWARDED_WITHIN_MS } from './bounded-wait.ts';

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

const exchanges = new Map<string, Exchange>();
const unclaimed = new Map<string, NodeJS.Timeout>();
let claimedWithinMs = FORWARDED_WITHIN_MS;

/** For tests: a request that no function asks for is cut off after this time. */
export function claimWithin(ms: number): void {
  claimedWithinMs = ms;
}

function claimed(invocationId: string): void {
  clearTimeout(unclaimed.get(invocationId));
  unclaimed.delete(invocationId);
}

// https://nodejs.org/api/diagnostics_channel.html#event-httpserverrequeststart
diagnostics.subscribe('http.server.request.start', (message) => {
  const { request, response } = message as Exchange;
  const invocationId = request.headers['x-ms-invocation-id'];
  if (typeof invocationId !== 'string') return;
  // The host assigns a unique id to each request, so a repeated id was made up by the caller. The
  // header is removed: the library then ignores the request, and the pending request keeps its
  // response.
  if (exchanges.has(invocationId)) {
    delete request.headers['x-ms-invocation-id'];
    request.socket.destroy();
    return;
  }
  exchanges.set(invocationId, { request, response });
  // Under a made-up name no function will ever ask for it.
  unclaimed.set(
    invocationId,
    setTimeout(() => request.socket.destroy(), claimedWithinMs),
  );
  response.once('close', () => {
    claimed(invocationId);
    exchanges.delete(invocationId);
  });
});

/** Undefined once the connection is closed. */
export function exchangeOf(invocationId: string): Exchange | undefined {
  claimed(invocationId);
  return exchanges.get(invocationId);
}
