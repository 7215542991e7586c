/** Requests as the library's server receives them, on a real server of Node. */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exchangeOf } from '../../../functions/http/exchanges.ts';

/** The invocation ids under which the library would register the request. */
const named: unknown[] = [];
const server = http.createServer((request) => {
  named.push(request.headers['x-ms-invocation-id']);
});
let port: number;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as net.AddressInfo);
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const ask = (path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-ms-invocation-id': 'an-id' } });

it('a request with the id of a pending request is aborted, and the pending request keeps its response', async () => {
  const genuine = ask('/genuine');
  await once(server, 'request');
  await expect(ask('/forged')).rejects.toThrow();
  expect(exchangeOf('an-id')?.request.url).toBe('/genuine');
  expect(named).toEqual(['an-id', undefined]);
  exchangeOf('an-id')?.response.end('for the genuine one');
  expect(await (await genuine).text()).toBe('for the genuine one');
});
