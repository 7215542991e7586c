/**
 * Flow control of a streamed response, which the library does not have (@azure/functions 4.16,
 * `sendProxyResponse` in src/http/httpProxy.ts). The library writes at the app's pace, even to a
 * slow reader; it does not detect that the caller has closed the connection; and it leaves the
 * connection open when the app fails (docs/adr/0004-exports-at-the-readers-pace.md).
 */
import { once } from 'node:events';
import { exchangeOf } from './exchanges.ts';

/**
 * The chunks of a response; the next chunk waits until the caller has read the last. The stream
 * ends early when the caller closes the connection. After a failure, or when `tooLong` returns
 * true, the connection is aborted, so that an incomplete file is never mistaken for a complete one.
 */
export async function* atReadersPace(
  invocationId: string,
  chunks: AsyncIterable<Uint8Array>,
  tooLong: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const response = exchangeOf(invocationId)?.response;
  const left = new AbortController();
  response?.once('close', () => left.abort());
  const over = AbortSignal.any([left.signal, tooLong]);
  try {
    for await (const chunk of chunks) {
      yield chunk;
      // The library has written the chunk when it requests the next.
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
