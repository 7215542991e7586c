import type dns from 'node:dns';
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOktaReach } from '../../../shared/okta/reach.ts';
import type { UnreachableReason } from '../../../shared/okta/transport.ts';

const silent = net.createServer(() => {});
const origin = () => `https://127.0.0.1:${(silent.address() as net.AddressInfo).port}`;

beforeAll(async () => {
  await once(silent.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void silent.close());

describe('the search for the fault in a connection', () => {
  it('times out when a server accepts and does not answer', async () => {
    const reach = createOktaReach({ testOrigins: new Set([origin()]) });
    expect(await reach.resolve(origin())).toBeUndefined();
    expect(await reach.connect(origin())).toBe('timeout');
  });

  it('times out when a name service does not answer', async () => {
    vi.useFakeTimers();
    const lookups: string[] = [];
    const never = ((name: string) => void lookups.push(name)) as unknown as typeof dns.lookup;
    const resolved = createOktaReach({ testOrigins: new Set(), resolver: never }).resolve(
      'https://contoso.okta.com.invalid',
    );
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(await resolved).toBe('name-service');
    expect(lookups).toEqual(['contoso.okta.com.invalid']);
  });

  it.each<[string, (socket: net.Socket) => unknown, UnreachableReason]>([
    ['speaks no TLS', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'tls'],
    ['ends the connection', (socket) => socket.end(), 'reset'],
    ['resets the connection', (socket) => socket.resetAndDestroy(), 'reset'],
    [
      'sends half of a record and ends',
      (socket) => socket.end(Buffer.from([22, 3, 3, 0, 80, 2])),
      'reset',
    ],
  ])('names a server that %s', async (_, answer, reason) => {
    const server = net.createServer((socket) => socket.once('data', () => answer(socket)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const there = `https://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    expect(await createOktaReach({ testOrigins: new Set([there]) }).connect(there)).toBe(reason);
    server.close();
  });
});
