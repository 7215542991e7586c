/** Requests to Okta through a real HTTP proxy, which forwards every host to one local server. */
import type dns from 'node:dns';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createOktaReach } from '../../../shared/okta/reach.ts';
import { createOktaTransport } from '../../../shared/okta/undici-transport.ts';
import type { HttpProxy } from '../../../shared/proxy.ts';
import { Token } from '../../../shared/token.ts';

const ORIGIN = 'https://contoso.okta.com';
const PASSWORD = 'p:w d';
const servers: http.Server[] = [];
/** The requests to the proxy: `CONNECT` targets, and their credentials. */
let asked: { target: string; credentials: string }[] = [];
/** The status of the proxy's refusals. */
let refusal: number | undefined;
let proxy: HttpProxy;
let ca: string;
let answers = 0;

async function listen(server: http.Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

beforeAll(async () => {
  const names = ['contoso.okta.com', 'inside.okta.com'].map(
    (value) => ({ type: 2, value }) as const,
  );
  const made = await generate([{ name: 'commonName', value: 'any' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: names },
    ],
  });
  ca = made.cert;
  const okta = https.createServer({ key: made.private, cert: made.cert }, (_request, response) => {
    answers++;
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
  });
  const port = await listen(okta as unknown as http.Server);
  const server = http.createServer((_request, response) => void response.writeHead(400).end());
  server.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
    const [, encoded = ''] = (request.headers['proxy-authorization'] ?? '').split(' ');
    const credentials = Buffer.from(encoded, 'base64').toString();
    asked.push({ target: request.url ?? '', credentials });
    expect(request.headers.authorization).toBeUndefined();
    if (refusal) return void socket.end(`HTTP/1.1 ${refusal} Refused\r\n\r\n`);
    const onward = net.connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const one of [socket, onward]) one.on('error', () => {});
  });
  const url = `http://svc:${encodeURIComponent(PASSWORD)}@127.0.0.1:${await listen(server)}/`;
  proxy = { url, bypass: ['direct.okta.com'] };
});
afterEach(() => {
  asked = [];
  refusal = undefined;
  answers = 0;
});
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

type Found = { address: string; family: number }[];
/** Resolves only these names: no request leaves this computer. */
const lookupOf = (names: Record<string, string>) =>
  ((name: string, _options: object, callback: (error: Error | null, found?: Found) => void) => {
    const address = names[name];
    if (address) callback(null, [{ address, family: 4 }]);
    else callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }));
  }) as unknown as typeof dns.lookup;

const ask = async (origin = ORIGIN, names: Record<string, string> = {}, through = proxy) => {
  const transport = createOktaTransport({
    testOrigins: new Set(),
    version: 'test',
    proxy: through,
    lookup: lookupOf(names),
    ca,
  });
  const url = new URL('/api/v1/logs?limit=1', origin);
  const reply = await transport.send({ url, token: new Token('00secret'), timeoutMs: 5000 });
  await transport.close();
  return reply.kind === 'reply' ? reply.status : reply.reason;
};
const reach = (names: Record<string, string> = {}, through = proxy) =>
  createOktaReach({ testOrigins: new Set(), proxy: through, resolver: lookupOf(names), ca });

describe('a request to Okta', () => {
  it('uses the proxy, with its user name and password, and is encrypted end to end', async () => {
    expect(await ask()).toBe(200);
    expect(asked).toEqual([{ target: 'contoso.okta.com:443', credentials: `svc:${PASSWORD}` }]);
    expect(answers).toBe(1);
  });

  it('bypasses the proxy for a host of NO_PROXY', async () => {
    expect(await ask('https://direct.okta.com')).toBe('name-not-found');
    expect(asked).toEqual([]);
  });

  it('is refused for a name that this computer resolves to a private address', async () => {
    const inside = { 'inside.okta.com': '10.0.0.1' };
    expect(await ask('https://inside.okta.com', inside)).toBe('private-address');
    expect(asked).toEqual([]);
  });

  it('is sent to a name that only the proxy can look up, and to a public name', async () => {
    expect(await ask(ORIGIN, {})).toBe(200);
    expect(await ask(ORIGIN, { 'contoso.okta.com': '203.0.114.7' })).toBe(200);
  });

  it.each([407, 403, 502])(
    'that the proxy answers with %i is not attributed to Okta',
    async (status) => {
      refusal = status;
      expect(await ask()).toBe('proxy-refused');
    },
  );

  it.each(['http://127.0.0.1:1', 'http://proxy.invalid:3128'])(
    'is not attributed to Okta when the proxy is unavailable (%s)',
    async (url) => {
      expect(await ask(ORIGIN, {}, { url, bypass: [] })).toBe('proxy-unreachable');
    },
  );
});

describe('a test of the connection to Okta', () => {
  it('checks the proxy and the connection through it', async () => {
    const { isProxied, tunnel, resolve, connect } = reach();
    expect(isProxied(ORIGIN)).toBe(true);
    expect(isProxied('https://direct.okta.com')).toBe(false);
    expect([await tunnel(ORIGIN), await resolve(ORIGIN), await connect(ORIGIN)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(asked).toHaveLength(2);
  });

  it('names the proxy when the proxy is at fault', async () => {
    refusal = 407;
    expect(await reach().tunnel(ORIGIN)).toBe('proxy-refused');
    expect(await reach().connect(ORIGIN)).toBe('proxy-refused');
    const nobody = { url: 'http://127.0.0.1:1', bypass: [] };
    expect(await reach({}, nobody).tunnel(ORIGIN)).toBe('proxy-unreachable');
  });

  it('refuses a name that this computer resolves to a private address', async () => {
    expect(await reach({ 'contoso.okta.com': '10.0.0.1' }).resolve(ORIGIN)).toBe('private-address');
  });
});
