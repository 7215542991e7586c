/**
 * The HTTP trigger: routes, keys, and the conversion of requests and replies to the worker's format.
 */
import { timingSafeEqual } from 'node:crypto';
import type http from 'node:http';
import type { RpcHttp, TypedData } from './base/functions.ts';
import { log } from './base/log.ts';
import type { Worker } from './base/worker.ts';
import { joined, queryOf } from './binding-data.ts';
import { compileRoutes, findRoute, type Route } from './routes.ts';
import { stream } from './stream.ts';

const MAX_BODY_BYTES = 100 * 1024 * 1024;

export interface HttpOptions {
  routePrefix: string;
  /** When set, functions with `authLevel: function` require it as `code` or `x-functions-key`. */
  functionKey: string | undefined;
  /** Runs a timer function now. Returns false when no such function exists. */
  runTimer: (name: string) => boolean;
}

/** As on the real host, `POST /admin/functions/<name>` runs a function without an HTTP trigger. */
const ADMIN = /^\/admin\/functions\/([\w-]+)$/;

export function httpTriggers(worker: Worker, options: HttpOptions): http.RequestListener {
  const routes = compileRoutes(worker.withTrigger('httpTrigger'), options.routePrefix);
  return async (request, response) => {
    try {
      if (!isOwnHost(request.headers.host)) return void response.writeHead(421).end();
      const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
      const asked = request.method === 'POST' ? ADMIN.exec(url.pathname)?.[1] : undefined;
      if (asked !== undefined) {
        // A browser sends an `Origin` header. Only tools may call this endpoint, so such requests are
        // refused.
        if (request.headers.origin !== undefined) return void response.writeHead(403).end();
        if (!hasKey(request, url, options.functionKey)) return void response.writeHead(401).end();
        return void response.writeHead(options.runTimer(asked) ? 202 : 404).end();
      }
      const route = findRoute(routes, request.method ?? 'GET', url.pathname);
      if (!route) return void response.writeHead(404).end();
      if (!mayCall(route, request, url, options.functionKey))
        return void response.writeHead(401).end();
      await invoke(worker, route, request, url, response);
    } catch (error) {
      log('error', 'http', error instanceof Error ? (error.stack ?? error.message) : String(error));
      // An error of a function becomes a 500 without a body.
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  };
}

/** Prevents DNS rebinding: a page in a browser may send requests here under another host name. */
const isOwnHost = (host: string | undefined): boolean =>
  /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host ?? '');

function mayCall(
  { function: { trigger } }: Route,
  request: http.IncomingMessage,
  url: URL,
  key: string | undefined,
): boolean {
  return trigger.authLevel === 'anonymous' || hasKey(request, url, key);
}

function hasKey(request: http.IncomingMessage, url: URL, key: string | undefined): boolean {
  if (key === undefined) return true;
  const given = request.headers['x-functions-key'] ?? url.searchParams.get('code') ?? '';
  const [one, other] = [Buffer.from(String(given)), Buffer.from(key)];
  return one.length === other.length && timingSafeEqual(one, other);
}

async function invoke(
  worker: Worker,
  { function: found, params }: Route,
  request: http.IncomingMessage,
  url: URL,
  response: http.ServerResponse,
): Promise<void> {
  await worker.loaded();
  if (worker.streamUrl)
    return await stream(worker, worker.streamUrl, { found, params, url }, request, response);
  const body = await readBody(request);
  if (!body) return void response.writeHead(413).end();
  const rpc: RpcHttp = {
    method: request.method ?? 'GET',
    url: url.href,
    headers: joined(request.headers),
    params,
    query: queryOf(url),
    nullableHeaders: {},
    nullableParams: {},
    nullableQuery: {},
    ...(body.length > 0 ? { body: { bytes: body } } : {}),
  };
  const inputs = [{ name: found.trigger.name, data: { http: rpc } as TypedData }];
  const { returnValue } = await worker.invoke(found, inputs);
  const reply = returnValue?.http;
  if (!reply) return void response.writeHead(204).end();
  const bytes = reply.body?.bytes ?? reply.body?.string ?? '';
  response.writeHead(Number(reply.statusCode), reply.headers);
  response.end(typeof bytes === 'string' ? bytes : Buffer.from(bytes));
}

/** Undefined when the body exceeds the host's limit. */
async function readBody(request: http.IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
