/** The demo org behind HTTP on the loopback address. */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { OktaOrg, type OrgOptions, type OrgReply } from './org.ts';

export interface OrgServer {
  origin: string;
  /** The domain that it is registered with. */
  host: string;
  org: OktaOrg;
  close(): Promise<void>;
}

/** Handles requests that are not Okta's; true when it has answered. */
export type SideDoor = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  org: OktaOrg,
) => Promise<boolean>;

export async function startOktaOrg(
  options: Omit<OrgOptions, 'origin'> & { port?: number; sideDoor?: SideDoor },
): Promise<OrgServer> {
  const server = http.createServer().listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  const origin = `http://${host}`;
  const org = new OktaOrg({ ...options, origin });
  server.on('request', async (request, response) => {
    if (await options.sideDoor?.(request, response, org)) return;
    const { method = 'GET', url = '/', headers } = request;
    const reply = org.handle({ method, url, headers });
    if (reply.delayMs) await delay(reply.delayMs);
    await reply.heldUntil;
    send(reply, response);
  });
  return {
    origin,
    host,
    org,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function send({ status, headers, body, wire }: OrgReply, response: http.ServerResponse): void {
  if (wire === 'hang') return;
  if (wire === 'reset') return void response.socket?.destroy();
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...headers, 'content-length': length });
  if (wire !== 'cut-body') return void response.end(body);
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
}
