/**
 * HTTP streaming (docs/azure.md, "HTTP streaming"): forwards the caller's request unchanged to the
 * worker's own server, with the id of the invocation that is sent in parallel, and pipes the answer
 * back.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { RegisteredFunction } from './base/functions.ts';
import { log } from './base/log.ts';
import type { Worker } from './base/worker.ts';
import { bindingData } from './binding-data.ts';

/** As host 4.1037 did; newer hosts overwrite the header (docs/azure.md, "Invocation ids"). */
const keepsInvocationIds = process.env.LOCAL_KEEP_INVOCATION_IDS === '1';

export interface StreamedInvocation {
  found: RegisteredFunction;
  params: Record<string, string>;
  url: URL;
}

/**
 * As on the real host, no answer is sent on behalf of a failing function: its caller waits unless the
 * function itself has answered or closed the connection.
 */
export async function stream(
  worker: Worker,
  target: URL,
  { found, params, url }: StreamedInvocation,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const invocationId = randomUUID();
  // The host reads a body of known length for its metadata, and forwards the same bytes.
  const announced = Number(request.headers['content-length'] ?? 0) > 0;
  const body = announced ? await buffer(request) : Buffer.alloc(0);
  const metadata = bindingData({ headers: request.headers, url, params, body });
  const callersId = request.headers['x-ms-invocation-id'];
  const forwarded = http.request({
    // The worker's thread may close a kept connection at the moment of its reuse.
    agent: false,
    hostname: target.hostname,
    port: target.port,
    method: request.method,
    path: request.url,
    headers: {
      ...request.headers,
      'x-ms-invocation-id': (keepsInvocationIds && callersId) || invocationId,
      'x-forwarded-host': request.headers.host,
      'x-forwarded-proto': 'http',
    },
  });
  const inputs = [{ name: found.trigger.name, data: {} }];
  const invoked = worker.invoke(found, inputs, metadata, invocationId).catch((error) => {
    log('error', found.name, error instanceof Error ? (error.stack ?? '') : String(error));
  });
  // The caller has disconnected.
  response.once('close', () => {
    if (!response.writableFinished) forwarded.destroy();
  });
  const answered = new Promise<void>((resolve, reject) => {
    forwarded.on('error', reject);
    forwarded.on('response', (answer) => {
      const { 'x-ms-invocation-id': _, connection: __, ...headers } = answer.headers;
      response.writeHead(answer.statusCode ?? 500, headers);
      const answered = pipeline(answer, response).finally(() => {
        // The rest of the body that the function did not read is consumed, because the next request
        // follows on the same connection.
        request.unpipe(forwarded);
        request.resume();
      });
      answered.then(resolve, () => resolve());
    });
  });
  if (announced) forwarded.end(body);
  else request.pipe(forwarded);
  await Promise.all([invoked, answered]);
}
