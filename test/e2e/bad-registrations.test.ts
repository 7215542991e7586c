import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateIn } from '../../dev/vault/certificate.ts';
import { type Lab, type LabHost, startLab } from '../support/lab.ts';
import { TOKEN, tempDir } from '../support/stack.ts';

/** A server in place of an org, with its replies for the document and for the log. */
interface Impostor {
  document?: http.RequestListener;
  logs?: http.RequestListener;
}

const json =
  (status: number, body: object, headers: http.OutgoingHttpHeaders = {}): http.RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
const oktaError = (status: number, errorCode: string, headers = {}) =>
  json(status, { errorCode, errorSummary: 'x' }, { 'x-okta-request-id': 'req-1', ...headers });
const page =
  (status: number): http.RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
const html = page(200);
const redirect: http.RequestListener = (_request, response) => {
  response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
};
const reset: http.RequestListener = (request) => void request.socket.destroy();
const silent: http.RequestListener = () => {};
const cut =
  (status: number): http.RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': 500 });
    response.write('{"errorCode":', () => response.destroy());
  };
const emptyGzip =
  (status: number): http.RequestListener =>
  (_request, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end();
const ownDocument: http.RequestListener = (request, response) =>
  json(200, {
    id: '00oTest',
    _links: { organization: { href: `http://${request.headers.host}` } },
  })(request, response);

const scratch = tempDir('bad');
const servers: http.Server[] = [];
const tokensSeen: string[] = [];
let lab: Lab;
let host: LabHost;
const origins: Record<string, string> = {};

const IMPOSTORS: Record<string, Impostor> = {
  'answers 404': { document: oktaError(404, 'E0000007') },
  'is no Okta org': { document: html },
  redirects: { document: redirect },
  'belongs to another name': {
    document: json(200, {
      id: '00o1',
      _links: { organization: { href: 'https://other.okta.com' } },
    }),
  },
  'cuts the connection': { document: reset },
  'never answers': { document: silent },
  'declares its document as compressed and sends no body': { document: emptyGzip(200) },
  'refuses the token': { logs: oktaError(401, 'E0000011') },
  'refuses the token in a truncated reply': { logs: cut(401) },
  'refuses the token in an empty reply that is declared as compressed': { logs: emptyGzip(401) },
  'denies the role': { logs: oktaError(403, 'E0000006') },
  throttles: { logs: oktaError(429, 'E0000047') },
  'throttles in a truncated reply': { logs: cut(429) },
  'throttles its document': { document: oktaError(429, 'E0000047') },
  'cuts the log': { logs: reset },
  'is behind a proxy that requires a password': { document: page(407) },
  'is denied by a firewall': { logs: page(403) },
  'has trouble': { logs: oktaError(500, 'E0000009') },
  'shows a proxy page': { logs: html },
  'answers with an object': { logs: json(200, { value: [] }) },
  'redirects the log': { logs: redirect },
  'is a teapot': { logs: oktaError(418, 'E0000001') },
};

async function serve(impostor: Impostor): Promise<string> {
  const server = http.createServer((request, response) => {
    if (request.headers.authorization) tokensSeen.push(request.url ?? '');
    const answer = request.url?.startsWith('/.well-known/')
      ? (impostor.document ?? ownDocument)
      : (impostor.logs ?? reset);
    answer(request, response);
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

beforeAll(async () => {
  for (const [name, impostor] of Object.entries(IMPOSTORS)) origins[name] = await serve(impostor);
  // No server listens on this port, and no test gets it.
  origins['is not listening'] = 'http://127.0.0.1:1';
  const secure = https.createServer(await certificateIn(scratch)).listen(0, '127.0.0.1');
  await once(secure, 'listening');
  servers.push(secure as unknown as http.Server);
  origins['has an untrusted certificate'] =
    `https://127.0.0.1:${(secure.address() as net.AddressInfo).port}`;
  lab = await startLab([]);
  host = await lab.startHost({
    OKTA_TEST_ORIGINS: Object.values(origins).join(','),
    OKTA_ALLOWED_DOMAINS: 'connector.invalid,localhost.localdomain.example',
  });
});
afterAll(async () => {
  await lab?.close();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  fs.rmSync(scratch, { recursive: true });
});

const RETRYABLE = [
  'OktaThrottled',
  'OktaServerError',
  'OktaTimeout',
  'OktaUnreachable',
  'OktaBadResponse',
];
const put = (body: object, id = 'contoso') => host.call('PUT', `/api/connectors/${id}`, body);
const withDomain = (domain: string) =>
  put({ domain, credential: { kind: 'apiToken', token: TOKEN } });

/** Every refusal has a code and a remedy, and stores nothing. */
async function expectRefused(
  reply: { status: number; body: any },
  status: number,
  code: string,
): Promise<any> {
  expect(reply.body.error).toMatchObject({ code });
  expect(reply.status).toBe(status);
  expect(reply.body.error.remedy.length).toBeGreaterThan(20);
  expect(JSON.stringify(reply.body)).not.toContain(TOKEN);
  expect((await host.call('GET', '/api/connectors')).body.value).toEqual([]);
  expect(lab.secretsLike('')).toEqual([]);
  return reply.body.error;
}

describe('a registration is refused with its code and a remedy, and stores nothing, when the org', () => {
  it.each([
    ['answers 404', 422, 'OktaDomainNotFound'],
    ['is no Okta org', 422, 'NotAnOktaOrg'],
    ['redirects', 422, 'NotAnOktaOrg'],
    ['belongs to another name', 422, 'NotAnOktaOrg'],
    ['cuts the connection', 502, 'OktaUnreachable'],
    ['is not listening', 502, 'OktaUnreachable'],
    ['has an untrusted certificate', 502, 'OktaUnreachable'],
    ['never answers', 504, 'OktaTimeout'],
    ['declares its document as compressed and sends no body', 502, 'OktaBadResponse'],
    ['refuses the token', 422, 'OktaTokenInvalid'],
    ['refuses the token in a truncated reply', 422, 'OktaTokenInvalid'],
    ['refuses the token in an empty reply that is declared as compressed', 422, 'OktaTokenInvalid'],
    ['denies the role', 422, 'OktaPermissionDenied'],
    ['throttles', 503, 'OktaThrottled'],
    ['throttles in a truncated reply', 503, 'OktaThrottled'],
    ['throttles its document', 503, 'OktaThrottled'],
    ['cuts the log', 502, 'OktaUnreachable'],
    ['is behind a proxy that requires a password', 502, 'OktaBadResponse'],
    ['is denied by a firewall', 502, 'OktaBadResponse'],
    ['has trouble', 502, 'OktaServerError'],
    ['shows a proxy page', 502, 'OktaBadResponse'],
    ['answers with an object', 502, 'OktaBadResponse'],
    ['redirects the log', 502, 'OktaBadResponse'],
    ['is a teapot', 502, 'OktaBadResponse'],
  ])('%s', async (name, status, code) => {
    const reply = await withDomain(new URL(origins[name] ?? '').host);
    const error = await expectRefused(reply, status, code);
    expect(error.retryable).toBe(RETRYABLE.includes(code));
    const retryAfter = reply.headers.get('retry-after');
    if (code === 'OktaThrottled') {
      expect(Number(retryAfter)).toBeGreaterThan(0);
      expect(error.remedy).toContain(`in ${retryAfter} seconds`);
    } else expect(retryAfter).toBeNull();
    expect(error.remedy).not.toContain('The app retries');
    // Details of Okta's response, without its headers or text.
    if (error.innererror)
      expect(Object.keys(error.innererror).toSorted().join()).toMatch(
        /^httpStatus(,oktaErrorCode)?(,oktaRequestId)?$/,
      );
    if (name === 'refuses the token')
      expect(error.innererror).toEqual({
        httpStatus: 401,
        oktaErrorCode: 'E0000011',
        oktaRequestId: 'req-1',
      });
  });

  it('does not exist', async () => {
    await expectRefused(await withDomain('connector.invalid'), 422, 'OktaDomainNotFound');
  });

  it.each([
    ['10.0.0.1', 'InvalidDomain'],
    ['http://contoso.okta.com', 'InvalidDomain'],
    ['contoso-admin.okta.com', 'AdminDomain'],
    ['contoso.com', 'DomainNotAllowed'],
  ])('is called %s', async (domain, code) => {
    await expectRefused(await withDomain(domain), 400, code);
  });
});

describe('a registration is refused when its body', () => {
  const good = { domain: 'contoso.okta.com', credential: { kind: 'apiToken', token: TOKEN } };

  it.each([
    ['has no domain', { credential: good.credential }, 'domain'],
    ['has no credential', { domain: new URL('http://127.0.0.1').host }, undefined],
    ['has an unknown field', { ...good, colour: 'red' }, 'colour'],
    ['requests too many days', { ...good, backfillDays: 91 }, 'backfillDays'],
    ['polls too often', { ...good, pollIntervalSeconds: 9 }, 'pollIntervalSeconds'],
    [
      'has a token with white space inside',
      { ...good, credential: { kind: 'apiToken', token: 'a b' } },
      'credential.token',
    ],
    ['has another kind of credential', { ...good, credential: { kind: 'password' } }, 'credential'],
    ['has half a character in its name', { ...good, displayName: 'a\ud800' }, 'displayName'],
    ['has an empty name', { ...good, displayName: ' ' }, 'displayName'],
    ['is a list', [], 'body'],
  ])('%s', async (_what, body, target) => {
    const reply = await put(body);
    expect(reply.status).toBe(400);
    if (target) expect(reply.body.error).toMatchObject({ code: 'InvalidRequest', target });
  });

  it('lacks the credential', async () => {
    const reply = await put({ domain: new URL(origins['has trouble'] ?? '').host });
    const error = await expectRefused(reply, 400, 'InvalidRequest');
    expect(error.target).toBe('credential');
  });

  it('is sent to an invalid id', async () => {
    const reply = await put(good, 'Not_An_Id');
    expect([reply.status, reply.body.error.target]).toEqual([400, 'id']);
  });
});

it('the token is not sent to a server that has not proved to be the org', () => {
  expect(tokensSeen.length).toBeGreaterThan(0);
  for (const url of tokensSeen) expect(url).toMatch(/^\/api\/v1\/logs\?/);
});
