/** What holds for every call (api.md §1). */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectError,
  type Org,
  type Reply,
  register,
  type Stack,
  settled,
  startOrg,
  startStack,
  TOKEN,
  tempDir,
} from '../support/stack.ts';

const dataDir = tempDir('conventions');
const PUBLIC_ORIGIN = 'https://okta.contoso.example';
const PATH = '/api/connectors/contoso';
const JSON_TYPE = { 'content-type': 'application/json' };
/** What somebody pasted into the wrong place. */
const PLANTED = '00pLaNtEdToKeNpLaNtEdToKeNpLaNtEdToKeN0000';
let org: Org;
let other: Org;
let stack: Stack;

beforeAll(async () => {
  org = await startOrg(['--events', '40', '--trickle', '0']);
  other = await startOrg(['--events', '5', '--trickle', '0', '--org-id', '00oOther']);
  stack = await startStack({
    dataDir,
    env: { PUBLIC_ORIGIN, OKTA_TEST_ORIGINS: `${org.origin},${other.origin}` },
  });
  await register(stack, 'contoso', org);
  await register(stack, 'fabrikam', other);
  await settled(stack, 'contoso');
});
afterAll(async () => {
  await stack.stop();
  await org.stop();
  await other.stop();
  fs.rmSync(dataDir, { recursive: true });
});

const good = () => ({ domain: org.host, credential: { kind: 'apiToken', token: TOKEN } });
const get = (path: string) => stack.call('GET', path);
const put = (body: object, headers = {}) => stack.call('PUT', PATH, body, headers);

describe('a failure', () => {
  it('has its code in body and header, what to do, and nothing else', async () => {
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

  // Every header of a reply is looked at by `call`; here is that failures have them too.
  it.each([
    ['no such connector', 'GET', '/api/connectors/absent'],
    ['a bad parameter', 'GET', '/api/connectors?top=0'],
    ['an unsigned webhook', 'POST', '/api/webhooks/portal'],
    ['a success', 'GET', '/api/connectors'],
  ])('of the kind "%s" has the headers of every reply', async (_what, method, path) => {
    const { headers } = await stack.call(method, path);
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
    ['malformed JSON', (value) => stack.send('PUT', PATH, `{"${value}`, JSON_TYPE)],
    ['an id of a connector', (value) => get(`/api/connectors/${value}`)],
    ['an id to register', (value) => stack.call('PUT', `/api/connectors/${value}`, good())],
    ['an id of a backfill', (value) => get(`${PATH}/backfills/${value}`)],
    ['a page size', (value) => get(`/api/connectors?top=${value}`)],
    ['an instant', (value) => get(`${PATH}/coverage?from=${value}`)],
    ['a continuation', (value) => get(`${PATH}/events?after=${value}`)],
    ['a format', (value) => get(`${PATH}/events/export?format=${value}`)],
    ['a condition', (value) => put(good(), { 'if-match': value })],
    ['a media type', (value) => stack.send('PUT', PATH, '{}', { 'content-type': `a/${value}` })],
    ['a mode', (value) => stack.call('POST', `${PATH}/backfills`, { mode: value })],
  ])('does not echo %s', async (_what, call) => {
    const { status, headers, body } = await call(PLANTED);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(JSON.stringify([body, [...headers]]).toLowerCase()).not.toContain(PLANTED.toLowerCase());
  });
});

describe('a body', () => {
  it('with an unknown field is refused, and the place is named', async () => {
    const known = 'displayName, domain, credential, backfillDays, pollIntervalSeconds';
    for (const [method, path, body, target] of [
      ['PUT', PATH, { ...good(), colour: 'red' }, 'body'],
      ['PATCH', PATH, { colour: 'red' }, 'body'],
      ['PUT', PATH, { ...good(), credential: { kind: 'apiToken', secret: 1 } }, 'credential'],
      ['POST', `${PATH}/backfills`, { since: 1 }, 'body'],
    ] as const) {
      const error = expectError(await stack.call(method, path, body), 400, 'InvalidRequest');
      expect(error.target).toBe(target);
      expect(error.remedy.length).toBeGreaterThan(10);
      if (method !== 'POST') expect(error.remedy).toContain(known);
    }
  });

  it('may hold what GET shows: read-only fields are ignored', async () => {
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
    const patched = await stack.call('PATCH', PATH, { ...forged, displayName: 'Again' });
    expect(patched.body).toMatchObject({ id: 'contoso', enabled: true, displayName: 'Again' });
  });

  it.each([
    ['PUT', PATH, 'application/json'],
    ['PATCH', PATH, 'application/merge-patch+json'],
    ['POST', `${PATH}/backfills`, 'application/json'],
  ])(
    'of a %s to %s is refused when malformed, too large or not declared',
    async (method, path, type) => {
      const send = (body: string | Uint8Array<ArrayBuffer>, contentType: string) =>
        stack.send(method, path, body, { 'content-type': contentType });
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

  it('of 5 MiB is refused all the same', async () => {
    const large = `{"displayName":"${'x'.repeat(5 * 1024 * 1024)}"}`;
    expectError(await stack.send('PUT', PATH, large, JSON_TYPE), 413, 'PayloadTooLarge');
  });

  it('may be declared with a character set, in any case, and fill 64 KiB', async () => {
    const type = { 'content-type': 'Application/JSON; charset=utf-8' };
    const body = JSON.stringify(good());
    const padded = body + ' '.repeat(64 * 1024 - body.length);
    expect((await stack.send('PUT', PATH, padded, type)).status).toBe(200);
    expectError(await stack.send('PUT', PATH, `${padded} `, type), 413, 'PayloadTooLarge');
  });

  it('is a merge patch only where there is something to merge', async () => {
    const type = { 'content-type': 'application/merge-patch+json' };
    const reply = await stack.send('PUT', PATH, JSON.stringify(good()), type);
    expectError(reply, 415, 'UnsupportedMediaType');
  });

  it('may be left out of a POST', async () => {
    expect((await stack.send('POST', `${PATH}/test`)).status).toBe(200);
    expect((await stack.send('POST', `${PATH}/poll`)).status).toBe(202);
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

  it('that nobody knows is ignored, repeated or not', async () => {
    const { status, body } = await get('/api/connectors?api-version=2024-01-01&x=1&x=2');
    expect([status, body.value.length]).toEqual([200, 2]);
    expect((await stack.call('DELETE', '/api/connectors/absent?api-version=1')).status).toBe(204);
  });

  it.each([
    ['top', '/api/connectors?top=201'],
    ['top', '/api/connectors?top='],
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
  ])('%s must be what is allowed: %s', async (target, path) => {
    const method = path.includes('purge') ? 'DELETE' : 'GET';
    const error = expectError(await stack.call(method, path), 400, 'InvalidRequest');
    expect(error.target).toBe(target);
  });

  it.each([
    '/api/audit',
    `${PATH}/runs`,
    `${PATH}/deadletters`,
    `${PATH}/events`,
    '/api/connectors',
  ])('after is refused by %s when it is not what a nextLink said', async (path) => {
    for (const after of ["'", '%00', 'a/b', '%F0%9F%98%80', '..%23', 'x'.repeat(3000)]) {
      const error = expectError(await get(`${path}?after=${after}`), 400, 'InvalidRequest');
      expect(error.target).toBe('after');
    }
  });
});

describe('the ETag', () => {
  const changes: [string, string, object?][] = [
    ['PUT', PATH],
    ['PATCH', PATH, { displayName: 'Other' }],
    ['DELETE', PATH],
    ['POST', `${PATH}/test`],
    ['POST', `${PATH}/disable`],
    ['POST', `${PATH}/enable`],
    ['POST', `${PATH}/poll`],
    ['POST', `${PATH}/backfills`, {}],
    ['POST', `${PATH}/backfills/0001/cancel`],
  ];

  it.each(changes)('of another revision stops %s %s', async (method, path, body) => {
    const given = method === 'PUT' ? good() : body;
    const before = await get(PATH);
    for (const etag of ['"other"', '"other", "another"']) {
      const reply = await stack.call(method, path, given, { 'if-match': etag });
      expectError(reply, 412, 'PreconditionFailed');
    }
    const after = await get(PATH);
    expect(after.headers.get('etag')).toBe(before.headers.get('etag'));
  });

  it.each(changes)(
    'of anything stops %s %s of a connector that is not there',
    async (method, path, body) => {
      const given = method === 'PUT' ? good() : body;
      const absent = path.replace('contoso', 'absent');
      for (const etag of ['*', '"any"']) {
        const reply = await stack.call(method, absent, given, { 'if-match': etag });
        expectError(reply, 412, 'PreconditionFailed');
      }
    },
  );

  it('of the present revision, one of several, or * lets a change through', async () => {
    const etag = (await get(PATH)).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const ifMatch of [etag, `"other", ${etag}`, '*'])
      expect((await put(good(), { 'if-match': ifMatch })).status).not.toBe(412);
  });

  it('is moved by changes of the configuration and not by polls and tests', async () => {
    const etagNow = async () => (await get(PATH)).headers.get('etag');
    const before = await etagNow();
    await stack.call('POST', `${PATH}/test`);
    await stack.call('POST', `${PATH}/poll`);
    await get(`${PATH}/status`);
    expect(await etagNow()).toBe(before);
    const { headers } = await stack.call('PATCH', PATH, { displayName: 'Moved' });
    expect(headers.get('etag')).not.toBe(before);
    expect(await etagNow()).toBe(headers.get('etag'));
  });
});

describe('a list', () => {
  it('goes on by absolute links on the public origin, with every parameter but the key', async () => {
    const { body } = await get(
      '/api/connectors?top=1&code=secret-key&api-version=7&status=connected',
    );
    expect(body.value.map(({ id }: any) => id)).toEqual(['contoso']);
    const next = new URL(body.nextLink);
    expect(next.origin).toBe(PUBLIC_ORIGIN);
    expect(next.searchParams.get('code')).toBeNull();
    expect(Object.fromEntries(next.searchParams)).toMatchObject({
      top: '1',
      'api-version': '7',
      status: 'connected',
    });
    const last = await get(next.pathname + next.search);
    expect(last.body.value.map(({ id }: any) => id)).toEqual(['fabrikam']);
    expect(last.body).not.toHaveProperty('nextLink');
  });

  it('of one status holds the connectors of it, in any case', async () => {
    const ids = async (status: string) =>
      (await get(`/api/connectors?status=${status}`)).body.value.map(({ id }: any) => id);
    expect(await ids('CONNECTED')).toEqual(['contoso', 'fabrikam']);
    expect(await ids('Disabled')).toEqual([]);
  });

  it.each([
    ['events', (one: any) => one.uuid],
    ['runs', (one: any) => JSON.stringify(one)],
  ])('of %s shows each item once, page by page, newest first', async (path, nameOf) => {
    const whole = (await get(`${PATH}/${path}?top=1000`)).body;
    const seen: string[] = [];
    let next: string | undefined = `${PATH}/${path}?top=7`;
    while (next) {
      const { body } = await get(next);
      expect(body.value.length).toBeLessThanOrEqual(7);
      seen.push(...body.value.map(nameOf));
      const link: URL | undefined = body.nextLink && new URL(body.nextLink);
      if (link) expect(link.origin).toBe(PUBLIC_ORIGIN);
      next = link && link.pathname + link.search;
    }
    // Runs may be added meanwhile, in front.
    expect(seen.slice(-whole.value.length)).toEqual(whole.value.map(nameOf));
    const times = whole.value.map((one: any) => one.published ?? one.endedAt);
    expect(times).toEqual(times.toSorted().reverse());
  });

  it('and a Location go by the public origin, never by the Host', async () => {
    const started = await stack.call('POST', `${PATH}/backfills`, { mode: 'verify' });
    expect(started.headers.get('location')).toBe(
      `${PUBLIC_ORIGIN}${PATH}/backfills/${started.body.id}`,
    );
    await stack.call('POST', `${PATH}/backfills/${started.body.id}/cancel`);
    const polled = await stack.call('POST', `${PATH}/poll`);
    expect(polled.body.statusUrl).toBe(`${PUBLIC_ORIGIN}${PATH}/status`);
    const { body: document } = await get('/api/openapi.json');
    expect(document.servers).toEqual([{ url: PUBLIC_ORIGIN }]);
  });
});

describe('a request', () => {
  it('has an id of its own, and may bring a trace', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const ids = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const { headers } = await stack.call('GET', PATH, undefined, { traceparent });
        return headers.get('x-ms-request-id');
      }),
    );
    expect(new Set(ids).size).toBe(4);
    expect((await stack.call('GET', PATH, undefined, { traceparent: 'broken' })).status).toBe(200);
  });

  it('in an undeclared method or to an undeclared path gets a bare 404', async () => {
    for (const [method, path] of [
      ['POST', PATH],
      ['GET', '/api/webhooks/portal'],
      ['PUT', '/api/connectors'],
      ['GET', '/api/nothing'],
      ['GET', '/'],
    ] as const) {
      const { status, body } = await stack.send(method, path);
      expect([method, path, status, body]).toEqual([method, path, 404, undefined]);
    }
  });
});
