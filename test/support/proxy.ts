/**
 * A proxy in front of a service of the stack: it sees every request and may block it, before or after
 * its effect on the service. Signed parts (path, query, body) are unchanged.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';

export interface SeenRequest {
  method: string;
  /** Path and query. */
  path: string;
  body: string;
}

/** The handling of a request: `lose` closes the connection, a number is a reply with this status. */
export type Verdict = 'pass' | 'lose' | number;

/** The request waits until the verdict resolves. */
export interface Watcher {
  /** Called before the service receives the request. */
  before?(request: SeenRequest): Verdict | Promise<Verdict>;
  /** Called after the service has answered, before the caller receives the reply. */
  after?(request: SeenRequest, status: number): Verdict | Promise<Verdict>;
}

export interface ServiceProxy {
  url: string;
  watcher: Watcher;
  /** By how much the service's clock is ahead, as shown in its replies. */
  clockAheadMs: number;
  close(): Promise<void>;
}

export async function startProxy(
  target: string,
  tls?: { cert: string; key: string },
): Promise<ServiceProxy> {
  const { protocol, hostname, port } = new URL(target);
  const client = protocol === 'https:' ? https : http;
  const agent = new client.Agent({
    keepAlive: true,
    maxSockets: 64,
    ...(tls ? { ca: tls.cert } : {}),
  });
  const serve: http.RequestListener = async (incoming, outgoing) => {
    const bytes = await bodyOf(incoming);
    const { method = 'GET', url: path = '/' } = incoming;
    const seen = { method, path, body: bytes.toString() };
    if (!allowed(await proxy.watcher.before?.(seen), outgoing)) return;
    const request = client.request({
      agent,
      hostname,
      port,
      method,
      path,
      headers: incoming.headers,
    });
    request.on('error', () => outgoing.destroy());
    request.end(bytes);
    const [reply] = await once(request, 'response').catch(() => []);
    if (!reply) return;
    const answer = await bodyOf(reply);
    if (!allowed(await proxy.watcher.after?.(seen, reply.statusCode), outgoing)) return;
    outgoing.writeHead(reply.statusCode, headersOf(reply, proxy.clockAheadMs));
    outgoing.end(answer);
  };
  const server = tls ? https.createServer(tls, serve) : http.createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: ServiceProxy = {
    url: `${protocol}//127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    watcher: {},
    clockAheadMs: 0,
    close: async () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
  return proxy;
}

async function bodyOf(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function allowed(verdict: Verdict = 'pass', outgoing: http.ServerResponse): boolean {
  if (verdict === 'pass') return true;
  if (verdict === 'lose') outgoing.destroy();
  else outgoing.writeHead(verdict, { 'content-type': 'application/json' }).end('{}');
  return false;
}

function headersOf(reply: http.IncomingMessage, aheadMs: number): http.OutgoingHttpHeaders {
  const { date, 'transfer-encoding': _, ...headers } = reply.headers;
  const shown = new Date(Date.parse(date ?? '') + aheadMs);
  return Number.isNaN(shown.getTime()) ? headers : { ...headers, date: shown.toUTCString() };
}
