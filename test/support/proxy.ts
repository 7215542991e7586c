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
  /** The service's clock leaps ahead, as its replies show it: rows keep the time of their write. */
  advanceClock(ms: number): void;
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
  const clock = new LeapingClock();
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
    outgoing.writeHead(reply.statusCode, headersOf(reply, clock));
    outgoing.end(clock.aheadMs > 0 ? timesShown(answer, clock) : answer);
  };
  const server = tls ? https.createServer(tls, serve) : http.createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: ServiceProxy = {
    url: `${protocol}//127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    watcher: {},
    advanceClock: (ms) => clock.advance(ms),
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

function headersOf(reply: http.IncomingMessage, clock: LeapingClock): http.OutgoingHttpHeaders {
  const { date, 'transfer-encoding': _, ...headers } = reply.headers;
  const shown = new Date(Date.parse(date ?? '') + clock.aheadMs);
  return Number.isNaN(shown.getTime()) ? headers : { ...headers, date: shown.toUTCString() };
}

/** Shifts the times at which the rows of a reply were written. Inside of a cell quotes are escaped. */
const timesShown = (reply: Buffer, clock: LeapingClock): string =>
  reply.toString().replaceAll(/"Timestamp":"([^"\\]+)Z"/g, (_, time) => {
    const shown = clock.shown(Date.parse(`${time}Z`)).toISOString();
    // Of the same length: the service has told the length of its reply.
    return `"Timestamp":"${shown.slice(0, -1).padEnd(time.length, '0')}Z"`;
  });

class LeapingClock {
  readonly #leaps: { atMs: number; aheadMs: number }[] = [];

  get aheadMs(): number {
    return this.#leaps.at(-1)?.aheadMs ?? 0;
  }

  advance(ms: number): void {
    this.#leaps.push({ atMs: Date.now(), aheadMs: this.aheadMs + ms });
  }

  /** What the clock showed at a real time. */
  shown(realMs: number): Date {
    const last = this.#leaps.findLast(({ atMs }) => atMs <= realMs);
    return new Date(realMs + (last?.aheadMs ?? 0));
  }
}
