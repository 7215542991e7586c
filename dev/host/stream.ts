/**
 * HTTP streaming (facts/azure.md §8.6): the caller's request goes to the worker's own server as it
 * is, named by the invocation that is sent beside it, and the answer is piped back.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { pipeline } from 'node:stream/promises';
import { joined } from './http.ts';
import type { RegisteredFunction, TypedData, Worker } from './worker.ts';

export interface StreamedInvocation {
  found: RegisteredFunction;
  params: Record<string, string>;
}

/** A function that fails after its first byte cuts the connection: a part is never taken for all. */
export async function stream(
  worker: Worker,
  target: URL,
  { found, params }: StreamedInvocation,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const invocationId = randomUUID();
  const metadata: Record<string, TypedData> = {
    Headers: { json: JSON.stringify(joined(request.headers)) },
  };
  for (const [name, value] of Object.entries(params)) metadata[name] = { string: value };
  const forwarded = http.request({
    hostname: target.hostname,
    port: target.port,
    method: request.method,
    path: request.url,
    headers: {
      ...request.headers,
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': request.headers.host,
      'x-forwarded-proto': 'http',
    },
  });
  const inputs = [{ name: found.trigger.name, data: {} }];
  const invoked = worker.invoke(found, inputs, metadata, invocationId).catch((error) => {
    forwarded.destroy(error);
    if (response.headersSent) response.destroy();
    throw error;
  });
  const answered = new Promise<void>((resolve, reject) => {
    forwarded.on('error', reject);
    forwarded.on('response', (answer) => {
      const { 'x-ms-invocation-id': _, connection: __, ...headers } = answer.headers;
      response.writeHead(answer.statusCode ?? 500, headers);
      const answered = pipeline(answer, response).finally(() => {
        // What the function did not read is taken off the connection: the next request comes there.
        request.unpipe(forwarded);
        request.resume();
      });
      answered.then(resolve, () => resolve());
    });
  });
  request.pipe(forwarded);
  await Promise.all([invoked, answered]);
}
