import diagnostics from 'node:diagnostics_channel';
import type dns from 'node:dns';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateIn } from '../../../dev/vault/certificate.ts';
import { createOktaTransport } from '../../../shared/okta/undici-transport.ts';
import { Token } from '../../../shared/token.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'transport-'));
const requests: http.IncomingMessage[] = [];
const servers: (http.Server | net.Server)[] = [];
let origin: string;
let secureOrigin: string;
let cuttingOrigin: string;
let nobody: string;

const MB = 1024 * 1024;
const ERROR = '{"errorCode":"E0000011"}';

const answers: Record<string, http.RequestListener> = {
  '/plain': (_request, response) => response.end('hello'),
  '/zipped': (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('hello zipped'));
  },
  '/zipped-loudly': (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'GZIP' }).end(gzipSync('hello zipped'));
  },
  '/zipped-of-old': (_request, response) => {
    response
      .writeHead(200, { 'content-encoding': 'identity, x-gzip' })
      .end(gzipSync('hello zipped'));
  },
  '/bomb': (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(65 * MB)));
  },
  '/401': (_request, response) => response.writeHead(401).end(ERROR),
  '/401-cut': (_request, response) => {
    response.writeHead(401, { 'content-length': 500 });
    response.write(ERROR, () => response.destroy());
  },
  '/401-not-gzip': (_request, response) => {
    response.writeHead(401, { 'content-encoding': 'gzip' }).end(ERROR);
  },
  '/429-endless': (_request, response) => {
    response.writeHead(429, { 'x-rate-limit-reset': '1795570860', 'retry-after': '30' });
    response.write(ERROR);
  },
  '/503-huge': (_request, response) => void response.writeHead(503).end(Buffer.alloc(MB)),
  '/60-kib-of-headers': (_request, response) => {
    response.writeHead(200, { 'content-security-policy': 'x'.repeat(60 * 1024) }).end('hello');
  },
  '/70-kib-of-headers': (_request, response) => {
    response.writeHead(200, { 'content-security-policy': 'x'.repeat(70 * 1024) }).end('hello');
  },
  '/no-http': ({ socket }) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
  '/redirect': (_request, response) => response.writeHead(302, { location: '/plain' }).end(),
  '/two-links': (_request, response) => {
    response.writeHead(200, { link: ['<a>; rel="self"', '<b>; rel="next"'] }).end();
  },
  '/silent': () => {},
  '/slow-body': (_request, response) => void response.write('{'),
  '/reset': (request) => void request.socket.destroy(),
  '/huge': (_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024);
    const more = () => {
      while (response.writable && response.write(chunk));
    };
    response.on('drain', more);
    more();
  },
};

async function listen(server: http.Server | net.Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

beforeAll(async () => {
  const answer: http.RequestListener = (request, response) => {
    requests.push(request);
    (answers[request.url ?? ''] ?? answers['/plain'])?.(request, response);
  };
  origin = `http://127.0.0.1:${await listen(http.createServer(answer))}`;
  const secure = https.createServer(await certificateIn(folder), answer);
  secureOrigin = `https://127.0.0.1:${await listen(secure)}`;
  const cutting = net.createServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"cut'));
  });
  cuttingOrigin = `http://127.0.0.1:${await listen(cutting)}`;
  // No server listens on this port, and no test gets it.
  nobody = 'http://127.0.0.1:1';
});
afterAll(() => {
  for (const server of servers) {
    server.close();
    if (server instanceof http.Server) server.closeAllConnections();
  }
  fs.rmSync(folder, { recursive: true });
});

const transport = (lookup?: typeof dns.lookup) =>
  createOktaTransport({
    testOrigins: new Set([origin, secureOrigin, cuttingOrigin, nobody]),
    version: '1.2.3',
    ...(lookup ? { lookup } : {}),
  });
const send = (url: string, more: object = {}) =>
  transport().send({ url: new URL(url), timeoutMs: 5000, ...more });
const text = (reply: Awaited<ReturnType<typeof send>>) =>
  reply.kind === 'reply' ? Buffer.from(reply.body).toString() : reply.reason;

describe('a request to Okta', () => {
  it('identifies the app, and carries the token only when there is one', async () => {
    requests.length = 0;
    await send(`${origin}/plain`, { token: new Token('secret') });
    await send(`${origin}/plain`);
    expect(requests.map(({ headers }) => headers)).toMatchObject([
      {
        authorization: 'SSWS secret',
        accept: 'application/json',
        'user-agent': 'okta-connector/1.2.3',
      },
      expect.not.objectContaining({ authorization: expect.anything() }),
    ]);
  });

  it.each(['/zipped', '/zipped-loudly', '/zipped-of-old'])(
    'accepts a compressed body (%s)',
    async (path) => {
      expect(text(await send(origin + path))).toBe('hello zipped');
    },
  );

  it('accepts 60 KiB of headers', async () => {
    expect(text(await send(`${origin}/60-kib-of-headers`))).toBe('hello');
  });

  it('reads both Link headers', async () => {
    expect(await send(`${origin}/two-links`)).toMatchObject({
      headers: { link: ['<a>; rel="self"', '<b>; rel="next"'] },
    });
  });

  it('does not follow redirects', async () => {
    expect(await send(`${origin}/redirect`)).toMatchObject({ kind: 'reply', status: 302 });
  });
});

describe('an error reply is recognised by its status and headers', () => {
  it('with a readable body, which is shown', async () => {
    const reply = await send(`${origin}/401`);
    expect(reply).toMatchObject({ kind: 'reply', status: 401 });
    expect(text(reply)).toBe(ERROR);
  });

  it.each([
    ['/401-cut', 401],
    ['/401-not-gzip', 401],
    ['/503-huge', 503],
  ])('also when its body cannot be read (%s)', async (path, status) => {
    const reply = await send(origin + path);
    expect(reply).toMatchObject({ kind: 'reply', status });
    expect(text(reply)).toBe('');
  });

  it.each([
    ["up to the request's time limit", 50],
    ["less than the request's time limit, when that is long", 3_600_000],
  ])('also when its body never ends, after a bounded wait %s', async (_, timeoutMs) => {
    const reply = await send(`${origin}/429-endless`, { timeoutMs });
    const headers = { 'x-rate-limit-reset': '1795570860', 'retry-after': '30' };
    expect(reply).toMatchObject({ kind: 'reply', status: 429, headers });
  });

  it('but an abort by the caller is reported as an abort', async () => {
    const abort = new AbortController();
    const sent = send(`${origin}/429-endless`, { signal: abort.signal });
    sent.catch(() => {});
    await headersArrived();
    abort.abort(new Error('no longer wanted'));
    await expect(sent).rejects.toThrow('no longer wanted');
  });
});

/** The next response to any request. */
function headersArrived(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const channel = 'undici:request:headers';
  const arrived = () => {
    diagnostics.unsubscribe(channel, arrived);
    // The request is notified next.
    setImmediate(resolve);
  };
  diagnostics.subscribe(channel, arrived);
  return promise;
}

describe('the reason of a failed request is named', () => {
  const reasonOf = async (url: string, more: object = {}) => text(await send(url, more));

  it('refused', async () => expect(await reasonOf(nobody)).toBe('refused'));
  it('reset', async () => expect(await reasonOf(`${origin}/reset`)).toBe('reset'));
  it('tls', async () => expect(await reasonOf(secureOrigin)).toBe('tls'));
  it('cut-body', async () => expect(await reasonOf(cuttingOrigin)).toBe('cut-body'));
  it.each(['/huge', '/bomb'])('too-large (%s)', async (path) =>
    expect(await reasonOf(origin + path)).toBe('too-large'),
  );
  it('headers-too-large', async () =>
    expect(await reasonOf(`${origin}/70-kib-of-headers`)).toBe('headers-too-large'));
  it('not-http', async () => expect(await reasonOf(`${origin}/no-http`)).toBe('not-http'));
  it('timeout, without an answer', async () =>
    expect(await reasonOf(`${origin}/silent`, { timeoutMs: 50 })).toBe('timeout'));
  it('timeout, in the middle of the body', async () =>
    expect(await reasonOf(`${origin}/slow-body`, { timeoutMs: 50 })).toBe('timeout'));
  it('timeout, by a deadline of the caller', async () =>
    expect(await reasonOf(`${origin}/silent`, { signal: AbortSignal.timeout(50) })).toBe(
      'timeout',
    ));

  it('name-not-found and name-service', async () => {
    const failing = (code: string) =>
      ((_name: string, _options: object, callback: (error: Error) => void) =>
        callback(Object.assign(new Error(code), { code }))) as unknown as typeof dns.lookup;
    const url = new URL('https://contoso.okta.com/');
    const outcomes = ['ENOTFOUND', 'EAI_AGAIN'].map(async (code) =>
      text(await transport(failing(code)).send({ url, timeoutMs: 5000 })),
    );
    expect(await Promise.all(outcomes)).toEqual(['name-not-found', 'name-service']);
  });

  it('but an abort by the caller is reported as an abort', async () => {
    const abort = new AbortController();
    const sent = send(`${origin}/silent`, { signal: abort.signal });
    abort.abort(new Error('no longer wanted'));
    await expect(sent).rejects.toThrow('no longer wanted');
  });
});

describe('an address that is not public is refused', () => {
  it.each(['127.0.0.1', '169.254.169.254', '::ffff:10.0.0.1'])(
    'when a public name resolves to %s',
    async (address) => {
      const lookup = ((_name: string, _options: object, callback: (...args: unknown[]) => void) =>
        callback(null, [
          { address, family: address.includes(':') ? 6 : 4 },
        ])) as unknown as typeof dns.lookup;
      const reply = await transport(lookup).send({
        url: new URL('https://contoso.okta.com/api/v1/logs'),
        token: new Token('secret'),
        timeoutMs: 5000,
      });
      expect(text(reply)).toBe('private-address');
    },
  );

  it.each(['http://127.0.0.1:9/', 'http://[::1]:9/', 'http://169.254.169.254/'])(
    'when it is written as %s',
    async (url) => expect(text(await send(url))).toBe('private-address'),
  );
});
