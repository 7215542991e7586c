/**
 * What the library leaves to the app when it streams an answer (@azure/functions 4.16,
 * `sendProxyResponse` in src/http/httpProxy.ts): it writes as fast as the app yields, however slowly
 * the caller reads; it does not notice one who has left; and it leaves the connection open when the
 * app fails. Node tells of every request that a server of this process gets, and the library's are
 * named by their invocation (docs/adr/0004).
 */
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

interface Started {
  request: IncomingMessage;
  response: ServerResponse;
}

/** By invocation, until they are over. */
const responses = new Map<string, ServerResponse>();

// https://nodejs.org/api/diagnostics_channel.html#event-httpserverrequeststart
diagnostics.subscribe('http.server.request.start', (message) => {
  const { request, response } = message as Started;
  const invocationId = request.headers['x-ms-invocation-id'];
  if (typeof invocationId !== 'string') return;
  responses.set(invocationId, response);
  response.once('close', () => responses.delete(invocationId));
});

/**
 * The chunks of an answer, the next one not before the caller has taken what was written. They end
 * early when the caller leaves. When they fail, or `tooLong` says that they have taken too long, the
 * caller's connection is cut, so that a part is never taken for the whole.
 */
export async function* atReadersPace(
  invocationId: string,
  chunks: AsyncIterable<Uint8Array>,
  tooLong: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const response = responses.get(invocationId);
  const left = new AbortController();
  response?.once('close', () => left.abort());
  const over = AbortSignal.any([left.signal, tooLong]);
  try {
    for await (const chunk of chunks) {
      yield chunk;
      // The library has written the chunk when it asks for the next one.
      if (response?.writableNeedDrain)
        await once(response, 'drain', { signal: over }).catch(() => {});
      if (response?.closed) return;
      tooLong.throwIfAborted();
    }
  } catch (error) {
    response?.destroy();
    throw error;
  }
}
