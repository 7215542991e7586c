/** Revisions, lists and links, which work in the same way for every resource. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError } from '../support/calls.ts';
import { type ConnectedLab, startConnectedLab, startLabOrg } from '../support/lab.ts';
import { register, TOKEN } from '../support/stack.ts';

const PUBLIC_ORIGIN = 'https://okta.contoso.example';
const PATH = '/api/connectors/contoso';
let lab: ConnectedLab['lab'];
let host: ConnectedLab['host'];
let org: ConnectedLab['org'];

beforeAll(async () => {
  const other = await startLabOrg({ events: 5, seed: 2 });
  ({ lab, host, org } = await startConnectedLab({ events: 40 }, { PUBLIC_ORIGIN }, [other]));
  await register(host, 'fabrikam', other);
});
afterAll(() => lab?.close());

const good = () => ({
  domain: org.host,
  credential: { kind: 'apiToken', token: TOKEN },
  pollIntervalSeconds: 10,
});
const get = (path: string) => host.call('GET', path);
const put = (body: object, headers = {}) => host.call('PUT', PATH, body, headers);

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

  it.each(changes)('of another revision prevents %s %s', async (method, path, body) => {
    const given = method === 'PUT' ? good() : body;
    const before = await get(PATH);
    for (const etag of ['"other"', '"other", "another"']) {
      const reply = await host.call(method, path, given, { 'if-match': etag });
      expectError(reply, 412, 'PreconditionFailed');
    }
    const after = await get(PATH);
    expect(after.headers.get('etag')).toBe(before.headers.get('etag'));
  });

  it.each(changes)(
    'of any kind prevents %s %s of a connector that does not exist',
    async (method, path, body) => {
      const given = method === 'PUT' ? good() : body;
      const absent = path.replace('contoso', 'absent');
      for (const etag of ['*', '"any"']) {
        const reply = await host.call(method, absent, given, { 'if-match': etag });
        expectError(reply, 412, 'PreconditionFailed');
      }
    },
  );

  it('of the present revision, in any form or list, or *, allows a change', async () => {
    const etag = (await get(PATH)).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    // A compressing gateway makes it weak; some clients drop its quotes.
    const weak = [`W/${etag}`, etag.replaceAll('"', '')];
    for (const ifMatch of [etag, `"other", ${etag}`, '*', ...weak])
      expect((await put(good(), { 'if-match': ifMatch })).status).not.toBe(412);
  });

  it('changes with the configuration, and not with polls and tests', async () => {
    const etagNow = async () => (await get(PATH)).headers.get('etag');
    const before = await etagNow();
    await host.call('POST', `${PATH}/test`);
    await host.call('POST', `${PATH}/poll`);
    await get(`${PATH}/status`);
    expect(await etagNow()).toBe(before);
    const { headers } = await host.call('PATCH', PATH, { displayName: 'Moved' });
    expect(headers.get('etag')).not.toBe(before);
    expect(await etagNow()).toBe(headers.get('etag'));
  });
});

describe('a list', () => {
  it('continues by absolute links on the public origin, with every parameter except the key', async () => {
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

  it('of one status contains the connectors with it, in any case', async () => {
    const ids = async (status: string) =>
      (await get(`/api/connectors?status=${status}`)).body.value.map(({ id }: any) => id);
    expect(await ids('CONNECTED')).toEqual(['contoso', 'fabrikam']);
    expect(await ids('Disabled')).toEqual([]);
  });

  it('finds connectors by a part of their id, name or domain', async () => {
    await host.call('PATCH', '/api/connectors/fabrikam', { displayName: 'Fabrikam (EMEA)' });
    const ids = async (q: string) =>
      (await get(`/api/connectors?q=${q}`)).body.value.map(({ id }: any) => id);
    expect(await ids('(emea')).toEqual(['fabrikam']);
    expect(await ids('CONT')).toEqual(['contoso']);
    expect(await ids(org.host)).toEqual(['contoso']);
    expect(await ids('nobody')).toEqual([]);
  });

  it('contains a summary of the status on request', async () => {
    const { body } = await get('/api/connectors?include=summary');
    const { body: status } = await get(`${PATH}/status`);
    const { summary } = body.value.find(({ id }: any) => id === 'contoso');
    expect(summary).toMatchObject({
      statusReason: null,
      caughtUp: true,
      backfill: { state: 'Succeeded', percentComplete: 100 },
      gaps: 0,
      lastEventAt: status.live.lastEventAt,
      lastError: null,
    });
    expect((await get('/api/connectors')).body.value[0]).not.toHaveProperty('summary');
    expectError(await get('/api/connectors?include=everything'), 400, 'InvalidRequest');
  });

  it.each([
    ['events', (one: any) => one.uuid],
    ['runs', (one: any) => JSON.stringify(one)],
  ])('of %s contains each item once, page by page, newest first', async (path, nameOf) => {
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
    // New runs may be added in front in the meantime.
    expect(seen.slice(-whole.value.length)).toEqual(whole.value.map(nameOf));
    const times = whole.value.map((one: any) => one.published ?? one.endedAt);
    expect(times).toEqual(times.toSorted().reverse());
  });

  it('and a Location use the public origin, never the Host header', async () => {
    const started = await host.call('POST', `${PATH}/backfills`, { mode: 'verify' });
    expect(started.headers.get('location')).toBe(
      `${PUBLIC_ORIGIN}${PATH}/backfills/${started.body.id}`,
    );
    await host.call('POST', `${PATH}/backfills/${started.body.id}/cancel`);
    const polled = await host.call('POST', `${PATH}/poll`);
    expect(polled.body.statusUrl).toBe(`${PUBLIC_ORIGIN}${PATH}/status`);
    const { body: document } = await get('/api/openapi.json');
    expect(document.servers).toEqual([{ url: PUBLIC_ORIGIN }]);
  });
});

describe('a request', () => {
  it('has a unique id, and may carry a trace', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const ids = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const { headers } = await host.call('GET', PATH, undefined, { traceparent });
        return headers.get('x-ms-request-id');
      }),
    );
    expect(new Set(ids).size).toBe(4);
    expect((await host.call('GET', PATH, undefined, { traceparent: 'broken' })).status).toBe(200);
  });

  it('with an undeclared method or path returns a 404 without a body', async () => {
    for (const [method, path] of [
      ['POST', PATH],
      ['GET', '/api/webhooks/portal'],
      ['PUT', '/api/connectors'],
      ['GET', '/api/nothing'],
    ] as const) {
      const { status, body } = await host.send(method, path);
      expect([method, path, status, body]).toEqual([method, path, 404, undefined]);
    }
  });
});

it.each(['events', 'events/export', 'coverage'])(
  'a range of %s that ends before it starts is refused',
  async (below) => {
    const range = 'from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z';
    const error = expectError(await get(`${PATH}/${below}?${range}`), 400, 'InvalidRequest');
    expect(error.target).toBe('from');
  },
);
