/** Serves the demo org over HTTP on the loopback address. */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { EventHooks, isHookPath } from './event-hooks.ts';
import { OktaOrg, type OrgOptions, type OrgReply } from './org.ts';

export interface OrgServer {
  origin: string;
  /** The domain for its registration. */
  host: string;
  org: OktaOrg;
  hooks: EventHooks;
  close(): Promise<void>;
}

/** Handles requests that Okta does not have; true when it has answered. */
export type SideDoor = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  org: OktaOrg,
  hooks: EventHooks,
) => Promise<boolean>;

export async function startOktaOrg(
  options: Omit<OrgOptions, 'origin'> & { port?: number; sideDoor?: SideDoor },
): Promise<OrgServer> {
  const server = http.createServer().listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  const origin = `http://${host}`;
  const org = new OktaOrg({ ...options, origin });
  const hooks = new EventHooks(org);
  server.on('request', async (request, response) => {
    if (await options.sideDoor?.(request, response, org, hooks)) return;
    const { method = 'GET', url = '/', headers } = request;
    if (isHookPath(url)) {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { authorization } = headers;
      const reply = await hooks.handle({ method, path: url, authorization, body });
      return await send(reply, request, response);
    }
    const reply = org.handle({ method, url, headers });
    if (reply.delayMs) await delay(reply.delayMs);
    await reply.heldUntil;
    await send(reply, request, response);
  });
  return {
    origin,
    host,
    org,
    hooks,
    close: async () => {
      hooks.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

const compressed = promisify(gzip);

/** Okta compresses replies for clients that accept it; here at the lowest level, for speed. */
async function send(
  { status, headers, body, wire, damage }: OrgReply,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  if (wire === 'hang') return;
  if (wire === 'reset') return void response.socket?.destroy();
  const zips = takesGzip(request);
  const whole = zips ? await compressed(body, { level: 1 }) : Buffer.from(body);
  const sent = damage ? damage(whole) : whole;
  const encoding = zips ? { 'content-encoding': 'gzip' } : {};
  response.writeHead(status, { ...headers, ...encoding, 'content-length': sent.length });
  if (wire !== 'cut-body') return void response.end(sent);
  response.write(sent.subarray(0, sent.length / 2), () => response.socket?.destroy());
}

const takesGzip = ({ headers }: http.IncomingMessage): boolean =>
  String(headers['accept-encoding'] ?? '')
    .split(',')
    .some((coding) => coding.split(';')[0]?.trim() === 'gzip');
