/** A connection through an HTTP proxy (`CONNECT`, RFC 9110 §9.3.6), for connection tests. */
import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import type { HttpProxy } from '../proxy.ts';
import type { UnreachableReason } from './transport.ts';
import { reasonThroughProxy } from './unreachable.ts';

/** The socket to the host, or the reason for its failure. */
export async function openTunnel(
  proxy: HttpProxy,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<net.Socket | UnreachableReason> {
  const { protocol, hostname, port: proxyPort, username, password } = new URL(proxy.url);
  const credentials = [username, password].map(decodeURIComponent).join(':');
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const { promise, resolve } = Promise.withResolvers<net.Socket | UnreachableReason>();
  const request = (protocol === 'https:' ? https : http).request({
    host: hostname,
    port: proxyPort || (protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: `${host}:${port}`,
    headers: { host, ...(username ? { 'proxy-authorization': authorization } : {}) },
    signal: AbortSignal.timeout(timeoutMs),
  });
  request.once('connect', ({ statusCode }, socket: net.Socket) => {
    if (statusCode === 200) return resolve(socket);
    socket.destroy();
    resolve('proxy-refused');
  });
  // A proxy that answers CONNECT like any other request has not established a tunnel.
  request.once('response', (response) => {
    response.destroy();
    resolve('proxy-refused');
  });
  request.on('error', (error) => {
    resolve(error.name === 'AbortError' ? 'timeout' : reasonThroughProxy(error));
  });
  request.end();
  return await promise;
}
