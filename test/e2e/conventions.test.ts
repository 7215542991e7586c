/** The conventions of every call. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError, type Reply } from '../support/calls.ts';
import { type ConnectedLab, startConnectedLab } from '../support/lab.ts';
import { TOKEN } from '../support/stack.ts';

const PATH = '/api/connectors/contoso';
const JSON_TYPE = { 'content-type': 'application/json' };
/** A secret pasted into the wrong place. */
const PLANTED = '00pLaNtEdToKeNpLaNtEdToKeNpLaNtEdToKeN0000';
let lab: ConnectedLab['lab'];
let host: ConnectedLab['host'];
let org: ConnectedLab['org'];

beforeAll(async () => {
  ({ lab, host, org } = await startConnectedLab({ events: 40 }));
});
afterAll(() => lab?.close());

const good = () => ({ domain: org.host, credential: { kind: 'apiToken', token: TOKEN } });
const get = (path: string) => host.call('GET', path);
const put = (body: object, headers = {}) => host.call('PUT', PATH, body, headers);

describe('a failure', () => {
  it('has its code in body and header, a remedy, and no internals', async () => {
    const reply = await get('/api/connectors/absent');
    const error = expectError(reply, 404, 'ConnectorNotFound');
    expect(Object.keys(reply.body)).toEqual(['error']);
    expect(error).toEqual({
      code: 'ConnectorNotFound',
      message: expect.any(String),
      remedy: expect.any(String),
      retryable: false,
    });
  });

  // `call` checks the headers of every reply; this test checks that failures have them too.
  it.each([
    ['no such connector', 'GET', '/api/connectors/absent'],
    ['a bad parameter', 'GET', '/api/connectors?top=0'],
    ['an unsigned webhook', 'POST', '/api/webhooks/portal'],
    ['a success', 'GET', '/api/connectors'],
  ])('of the kind "%s" has the headers of every reply', async (_what, method, path) => {
    const { headers } = await host.call(method, path);
    expect(headers.get('x-ms-request-id')).toMatch(/^[\w-]{8,}$/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each<[string, (value: string) => Promise<Reply>]>([
    ['the domain', (value) => put({ ...good(), domain: value })],
    ['the name of a field', (value) => put({ ...good(), [value]: 1 })],
    ['the name of a field inside', (value) => put({ ...good(), credential: { [value]: 1 } })],
    ['the kind of credential', (value) => put({ ...good(), credential: { kind: value } })],
    ['the days', (value) => put({ ...good(), backfillDays: value })],
    ['a name that is too long', (value) => put({ ...good(), displayName: value.repeat(9) })],
    ['malformed JSON', (value) => host.send('PUT', PATH, `{"${value}`, JSON_TYPE)],
    ['an id of a connector', (value) => get(`/api/connectors/${value}`)],
    ['an id to register', (value) => host.call('PUT', `/api/connectors/${value}`, good())],
    ['an id of a backfill', (value) => get(`${PATH}/backfills/${value}`)],
    ['a page size', (value) => get(`/api/connectors?top=${value}`)],
    ['an instant', (value) => get(`${PATH}/coverage?from=${value}`)],
    ['a continuation', (value) => get(`${PATH}/events?after=${value}`)],
    ['a format', (value) => get(`${PATH}/events/export?format=${value}`)],
    ['a condition', (value) => put(good(), { 'if-match': value })],
    ['a media type', (value) => host.send('PUT', PATH, '{}', { 'content-type': `a/${value}` })],
    ['a mode', (value) => host.call('POST', `${PATH}/backfills`, { mode: value })],
  ])('does not echo %s', async (_what, call) => {
    const { status, headers, body } = await call(PLANTED);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(JSON.stringify([body, [...headers]]).toLowerCase()).not.toContain(PLANTED.toLowerCase());
  });
});

describe('a body', () => {
  it('with an unknown field is refused, and the error names its path', async () => {
    const known = 'displayName, domain, backfillDays, pollIntervalSeconds, credential';
    for (const [method, path, body, target] of [
      ['PUT', PATH, { ...good(), colour: 'red' }, 'colour'],
      ['PATCH', PATH, { colour: 'red' }, 'colour'],
      ['PATCH', PATH, { '00pasted-token': 'red' }, 'body'],
      ['PUT', PATH, { ...good(), credential: { kind: 'apiToken', tokn: 1 } }, 'credential.tokn'],
      ['PUT', PATH, { ...good(), credential: { kind: 'apiToken', '00pasted': 1 } }, 'body'],
      ['POST', `${PATH}/backfills`, { since: 1 }, 'since'],
    ] as const) {
      const error = expectError(await host.call(method, path, body), 400, 'InvalidRequest');
      expect(error.target).toBe(target);
      expect(error.remedy.length).toBeGreaterThan(10);
      if (method !== 'POST') expect(error.remedy).toContain(known);
    }
  });

  it('may contain the read-only fields of a GET, which are ignored', async () => {
    const { body: shown, headers } = await get(PATH);
    const unchanged = await put(shown);
    expect(unchanged.status).toBe(200);
    expect(unchanged.headers.get('etag')).toBe(headers.get('etag'));
    const forged = { id: 'x', orgId: 'x', status: 'x', enabled: false, createdBy: 'x' };
    const edited = await put({ ...shown, ...forged, displayName: 'Edited' });
    expect(edited.body).toMatchObject({
      ...shown,
      displayName: 'Edited',
      status: expect.any(String),
      updatedAt: expect.any(String),
    });
    const patched = await host.call('PATCH', PATH, { ...forged, displayName: 'Again' });
    expect(patched.body).toMatchObject({ id: 'contoso', enabled: true, displayName: 'Again' });
  });

  it.each([
    ['PUT', PATH, 'application/json'],
    ['PATCH', PATH, 'application/merge-patch+json'],
    ['POST', `${PATH}/backfills`, 'application/json'],
  ])(
    'of a %s to %s is refused when it is malformed, too large or not declared',
    async (method, path, type) => {
      const send = (body: string | Uint8Array<ArrayBuffer>, contentType: string) =>
        host.send(method, path, body, { 'content-type': contentType });
      for (const malformed of [
        '{',
        '{"a":}',
        'nothing',
        '{} {}',
        new Uint8Array([0x22, 0xff, 0x22]),
      ])
        expectError(await send(malformed, type), 400, 'InvalidRequest');
      for (const notAnObject of ['[]', 'null', '"text"', '1'])
        expectError(await send(notAnObject, type), 400, 'InvalidRequest');
      const tooLarge = JSON.stringify({ displayName: 'x'.repeat(64 * 1024) });
      expectError(await send(tooLarge, type), 413, 'PayloadTooLarge');
      for (const undeclared of ['text/plain', 'application/xml', 'application/jsonp'])
        expectError(await send('{}', undeclared), 415, 'UnsupportedMediaType');
    },
  );

  it('of 5 MiB is refused like any body over the limit', async () => {
    const large = `{"displayName":"${'x'.repeat(5 * 1024 * 1024)}"}`;
    expectError(await host.send('PUT', PATH, large, JSON_TYPE), 413, 'PayloadTooLarge');
  });

  it('may declare a character set, in any case, and may have up to 64 KiB', async () => {
    const type = { 'content-type': 'Application/JSON; charset=utf-8' };
    const body = JSON.stringify(good());
    const padded = body + ' '.repeat(64 * 1024 - body.length);
    expect((await host.send('PUT', PATH, padded, type)).status).toBe(200);
    expectError(await host.send('PUT', PATH, `${padded} `, type), 413, 'PayloadTooLarge');
  });

  it('is a merge patch only for PATCH', async () => {
    const type = { 'content-type': 'application/merge-patch+json' };
    const reply = await host.send('PUT', PATH, JSON.stringify(good()), type);
    expectError(reply, 415, 'UnsupportedMediaType');
  });

  it('is optional in a POST', async () => {
    expect((await host.send('POST', `${PATH}/test`)).status).toBe(200);
    expect((await host.send('POST', `${PATH}/poll`)).status).toBe(202);
  });
});

describe('a query parameter', () => {
  it.each([
    '/api/connectors?top=1&top=1',
    '/api/connectors?status=a&status=b',
    '/api/audit?connectorId=a&connectorId=a',
    `${PATH}/events?q=a&q=b`,
    `${PATH}/runs?top=1&top=2`,
    `${PATH}/coverage?from=2026-11-01T00:00:00Z&from=2026-11-01T00:00:00Z`,
    `${PATH}/events/export?format=csv&format=csv`,
  ])('that is repeated is refused: %s', async (path) => {
    const error = expectError(await get(path), 400, 'InvalidRequest');
    expect(path).toContain(`${error.target}=`);
  });

  it('that is unknown is ignored, repeated or not', async () => {
    const { status, body } = await get('/api/connectors?api-version=2024-01-01&x=1&x=2');
    expect([status, body.value.length]).toEqual([200, 1]);
    expect((await host.call('DELETE', '/api/connectors/absent?api-version=1')).status).toBe(204);
  });

  it.each([
    ['top', '/api/connectors?top=201'],
    ['top', '/api/connectors?top='],
    ['status', '/api/connectors?status=Nonsense'],
    ['status', '/api/connectors?status='],
    ['include', '/api/connectors?include=everything'],
    ['top', '/api/connectors?top=1.5'],
    ['top', '/api/connectors?top=-1'],
    ['top', `${PATH}/events?top=1001`],
    ['from', `${PATH}/events?from=yesterday`],
    ['to', `${PATH}/events?to=2026-11-01`],
    ['from', `${PATH}/events?from=2026-02-30T25:00:00Z`],
    ['from', `${PATH}/coverage?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z`],
    ['from', `${PATH}/coverage?from=0000-01-01T00:00:00%2B01:00&to=2026-11-01T00:00:00Z`],
    ['to', `${PATH}/coverage?to=9999-12-31T23:59:59-01:00`],
    ['from', `${PATH}/events/export?to=2026-11-01T00:00:00Z`],
    ['to', `${PATH}/events/export?from=2026-11-01T00:00:00Z`],
    ['purgeEvents', `${PATH}?purgeEvents=1`],
  ])('%s must have an allowed value: %s', async (target, path) => {
    const method = path.includes('purge') ? 'DELETE' : 'GET';
    const error = expectError(await host.call(method, path), 400, 'InvalidRequest');
    expect(error.target).toBe(target);
  });

  it.each([
    '/api/audit',
    `${PATH}/runs`,
    `${PATH}/deadletters`,
    `${PATH}/events`,
    '/api/connectors',
  ])('after is refused by %s when it does not come from a nextLink', async (path) => {
    for (const after of ["'", '%00', 'a/b', '%F0%9F%98%80', '..%23', 'x'.repeat(3000)]) {
      const error = expectError(await get(`${path}?after=${after}`), 400, 'InvalidRequest');
      expect(error.target).toBe('after');
    }
  });
});
