/**
 * What the library leaves to the app when it streams an answer (@azure/functions 4.16,
 * `sendProxyResponse` in src/http/httpProxy.ts): it writes as fast as the app yields, however slowly
 * the caller reads; it does not notice a caller who leaves; and it leaves the connection open when
 * the app fails (docs/adr/0004-exports-at-the-readers-pace.md).
 */
import { once } from 'node:events';
import { exchangeOf } from './exchanges.ts';

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
  const response = exchangeOf(invocationId)?.response;
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
