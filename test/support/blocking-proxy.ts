/** An HTTP proxy that refuses every request. */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';

export interface BlockingProxy {
  url: string;
  /** The requested URLs, and the hosts of `CONNECT`. */
  asked: string[];
  close(): void;
}

export async function startBlockingProxy(): Promise<BlockingProxy> {
  const asked: string[] = [];
  const server = http.createServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(403).end('Blocked');
  });
  server.on('connect', ({ url = '' }: http.IncomingMessage, socket: net.Socket) => {
    asked.push(url);
    socket.end('HTTP/1.1 403 Blocked\r\n\r\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, close: () => void server.close() };
}
