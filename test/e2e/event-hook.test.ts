/** Event hooks over HTTP: rings of Okta, and who may make, see and end a hook. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setUpDemoHook } from '../../dev/demo-hook.ts';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { expectError, type Reply } from '../support/calls.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { lacks } from '../support/promise.ts';
import { connect, happen, holdBack, isPage } from '../support/row-org.ts';
import { expectNoSecret } from '../support/secret-search.ts';
import { settled, TOKEN, until } from '../support/stack.ts';

const SPACING_MS = 5_000;
const KIB = 1024;
let lab: Lab;
let host: LabHost;
const orgs: Record<string, OrgServer> = {};
const orgOf = (id: string) => orgs[id] as OrgServer;

interface Hook {
  /** Path of the hook's URL. */
  path: string;
  secret: string;
}
const made: string[] = [];
const at = (id: string) => `/api/connectors/${id}/event-hook`;

async function makeHook(id: string): Promise<Hook> {
  const { status, body } = await host.call('POST', at(id));
  expect({ status, fields: Object.keys(body) }).toEqual({
    status: 201,
    fields: ['url', 'authorization'],
  });
  const { origin, pathname } = new URL(body.url);
  expect(origin).toBe(host.url);
  made.push(body.authorization);
  return { path: pathname, secret: body.authorization };
}

const ring = ({ path, secret }: Hook, body = '{}') =>
  host.send('POST', path, body, { authorization: secret, 'content-type': 'application/json' });
const rings = async (hook: Hook) => expect((await ring(hook)).status).toBe(204);

const untilArrived = (id: string) =>
  until(
    `what happened in ${id} to arrive`,
    async () => (await lacks(host, id, orgOf(id))).length === 0 || undefined,
  );

/** The times of the requests for pages from now on. */
function watchPolls({ org }: OrgServer): number[] {
  const times: number[] = [];
  org.faults.push({
    matches: isPage,
    times: Number.POSITIVE_INFINITY,
    answer: (_request, proper) => {
      times.push(performance.now());
      return proper();
    },
  });
  return times;
}

/** Answers the next request for a page with a 429 whose window ends after this time. */
function throttleOnce({ org }: OrgServer, seconds: number): void {
  const refused = org.error(429, 'E0000047', 'too many requests');
  const window = {
    'x-rate-limit-limit': '600',
    'x-rate-limit-remaining': '0',
    'x-rate-limit-reset': String(Math.ceil(org.nowMs() / 1000) + seconds),
  };
  const answer = () => ({ ...refused, headers: { ...refused.headers, ...window } });
  org.faults.push({ matches: isPage, times: 1, answer });
}

/** Connects an org whose events would otherwise wait for an hour. */
async function connected(id: string): Promise<Hook> {
  await connect(host, id, orgOf(id), { pollIntervalSeconds: 3600, backfillDays: 0 });
  await until(`${id} to be caught up`, async () => {
    const { body } = await host.call('GET', `/api/connectors/${id}/status`);
    return body.live?.caughtUp || undefined;
  });
  return await makeHook(id);
}

beforeAll(async () => {
  for (const id of ['flood', 'behind', 'throttled', 'paused', 'gone', 'ours', 'theirs'])
    orgs[id] = await startLabOrg({ events: 0, seed: 1 + Object.keys(orgs).length });
  lab = await startLab(Object.values(orgs));
  host = await lab.startHost();
});
afterAll(() => lab?.close());

describe('an org with an event hook', () => {
  const SIGN_IN = ', "eventType":"user.session.start"';

  beforeAll(async () => {
    await connected('ours');
    const url = `${host.url}/api/connectors/ours`;
    await setUpDemoHook({ url, headers: {}, orgUrl: orgOf('ours').origin, token: TOKEN });
  });

  it.each(['proper', 'duplicate', 'slow'] as const)(
    'brings its events although the interval is an hour, when deliveries are %s',
    async (mode) => {
      orgOf('ours').hooks.mode = mode;
      happen(orgOf('ours'), SIGN_IN);
      await untilArrived('ours');
      const { body } = await host.call('GET', at('ours'));
      expect(Date.parse(body.lastRangAt)).toBeGreaterThanOrEqual(Date.parse(body.createdAt));
      const happened = [...orgOf('ours').org.truth()].length;
      await until('each event to be counted once', async () => {
        const { body: status } = await host.call('GET', '/api/connectors/ours/status');
        return status.counts.stored === happened || undefined;
      });
    },
  );

  it('brings the events of a lost delivery with the next delivery', async () => {
    const { hooks } = orgOf('ours');
    hooks.mode = 'lossy';
    // The first delivery in this mode is lost, the second is not.
    hooks.attempts = 0;
    for (let n = 1; n <= 2; n++) {
      happen(orgOf('ours'), SIGN_IN);
      await until('a delivery', async () => hooks.attempts === n || undefined, 50);
    }
    await untilArrived('ours');
  });

  it('with a wrong secret is refused, and delivers once', async () => {
    const { hooks } = orgOf('ours');
    hooks.mode = 'wrong-secret';
    const polls = watchPolls(orgOf('ours'));
    happen(orgOf('ours'), SIGN_IN);
    await until('a refusal', async () => hooks.delivered.get(401) || undefined);
    hooks.mode = 'off';
    expect([hooks.delivered.get(401), polls]).toEqual([1, []]);
  });
});

describe('a ring', () => {
  it('of a flood polls at most once in five seconds, and once more for the last', async () => {
    const hook = await connected('flood');
    const polls = watchPolls(orgOf('flood'));
    const startedAtMs = performance.now();
    for (let n = 0; n < 10; n++) {
      happen(orgOf('flood'));
      await Promise.all(Array.from({ length: 20 }, () => rings(hook)));
    }
    await untilArrived('flood');
    const tookMs = performance.now() - startedAtMs;
    expect(polls.length).toBeLessThanOrEqual(2 + tookMs / SPACING_MS);
  });

  it('during a poll leads to one poll afterwards', async () => {
    const hook = await connected('behind');
    const org = orgOf('behind');
    const polls = watchPolls(org);
    const held = holdBack(org, isPage);
    // The first matching fault answers.
    org.org.faults.reverse();
    await rings(hook);
    await held.arrived;
    // Committed after the reply of the running poll was made.
    happen(org);
    for (let n = 0; n < 3; n++) await rings(hook);
    held.release();
    await untilArrived('behind');
    expect(held.urls).toHaveLength(1);
    expect(polls).toHaveLength(1);
  });

  it('does not shorten a wait that Okta requires', async () => {
    const hook = await connected('throttled');
    const org = orgOf('throttled');
    throttleOnce(org, 12);
    await host.call('POST', '/api/connectors/throttled/poll');
    const throttledUntil = async () => {
      const { body } = await host.call('GET', '/api/connectors/throttled/status');
      return body.rateLimit.throttledUntil as string | null;
    };
    const untilMs = Date.parse(
      await until('a 429', async () => (await throttledUntil()) ?? undefined),
    );
    const answered = () => [...org.org.answered.values()].reduce((sum, count) => sum + count, 0);
    const before = answered();
    happen(org);
    let rung = 0;
    while (Date.now() < untilMs - 2_000) {
      await rings(hook);
      rung++;
      if (Date.now() < untilMs - 2_000) expect(answered()).toBe(before);
    }
    expect(rung).toBeGreaterThan(0);
    await untilArrived('throttled');
  });

  it('of a disabled connector is accepted, and polls nothing', async () => {
    const hook = await connected('paused');
    await host.call('POST', '/api/connectors/paused/disable');
    const polls = watchPolls(orgOf('paused'));
    happen(orgOf('paused'));
    await rings(hook);
    const { body } = await host.call('GET', at('paused'));
    expect(body.lastRangAt).not.toBeNull();
    await host.call('POST', '/api/connectors/paused/enable');
    await untilArrived('paused');
    expect(polls).toHaveLength(1);
  });

  it('may have any body and type, and none that is huge', async () => {
    const { path, secret } = await makeHook('ours');
    const authorization = { authorization: secret };
    for (const [body, type] of [
      ['', undefined],
      ['nonsense', 'text/plain'],
      ['{"data":{"events":[]}}', 'application/json'],
      ['x'.repeat(300 * KIB), 'application/octet-stream'],
    ] as const) {
      const headers = { ...authorization, ...(type ? { 'content-type': type } : {}) };
      expect((await host.send('POST', path, body, headers)).status).toBe(204);
    }
    const huge = new Uint8Array(5 * KIB * KIB);
    expectError(await host.send('POST', path, huge, authorization), 413, 'PayloadTooLarge');
  });
});

describe('a call that is not authorised', () => {
  /** All that a caller can see, except ids and times. */
  const seen = ({ status, headers, body }: Reply) => ({
    status,
    body,
    names: [...headers.keys()].toSorted(),
  });

  it('is answered equally for an unknown reference, a wrong and a missing secret', async () => {
    const ours = await makeHook('ours');
    const theirs = await connected('theirs');
    const polls = watchPolls(orgOf('ours'));
    const unknown = `/api/hooks/okta/${'a'.repeat(22)}`;
    const wrong = [
      await ring({ path: unknown, secret: ours.secret }),
      await ring({ path: '/api/hooks/okta/..%2F..%2Fconnectors', secret: ours.secret }),
      await ring({ path: ours.path, secret: 'wrong' }),
      await ring({ path: ours.path, secret: `Bearer ${ours.secret}` }),
      await ring({ path: ours.path, secret: theirs.secret }),
      await host.send('POST', ours.path, '{}'),
    ];
    for (const reply of wrong) {
      expectError(reply, 401, 'Unauthorized');
      expect(seen(reply)).toEqual(seen(wrong[0] as Reply));
    }
    expect(polls).toEqual([]);
  });

  it('is counted by one entry of the audit in a minute', async () => {
    const ours = await makeHook('ours');
    for (let n = 0; n < 5; n++) await ring({ ...ours, secret: 'wrong' });
    const { body } = await host.call('GET', '/api/audit?top=200');
    const refused = body.value.filter(({ action }: any) => action === 'eventHook.ring');
    const minutes = new Set(refused.map(({ at: time }: any) => time));
    expect(refused.length).toBe(minutes.size);
    expect(refused[0]).toMatchObject({
      result: 'refused',
      code: 'Unauthorized',
      caller: 'unknown',
    });
    expect(refused[0].detail).toMatch(/^\d+ in this minute$/);
  });
});

describe('the verification', () => {
  const verify = (path: string, headers: Record<string, string>) =>
    host.send('GET', path, undefined, headers);

  it('returns the challenge, without a secret', async () => {
    const { path } = await makeHook('ours');
    for (const challenge of ['lyxJoHsDLVVmGTSI', '"quoted" {"a":1}']) {
      const { status, body } = await verify(path, { 'X-Okta-Verification-Challenge': challenge });
      expect([status, body]).toEqual([200, { verification: challenge }]);
    }
    expectError(await verify(path, {}), 400, 'InvalidRequest');
    const unknown = `/api/hooks/okta/${'a'.repeat(22)}`;
    const reply = await verify(unknown, { 'X-Okta-Verification-Challenge': 'x' });
    expectError(reply, 401, 'Unauthorized');
  });
});

describe('a hook', () => {
  it('is shown without its secret, and with 404 when there is none', async () => {
    const { path, secret } = await makeHook('ours');
    const { body, status } = await host.call('GET', at('ours'));
    expect({ status, path: new URL(body.url).pathname }).toEqual({ status: 200, path });
    expect(Object.keys(body).toSorted()).toEqual(['createdAt', 'createdBy', 'lastRangAt', 'url']);
    expect(JSON.stringify(body)).not.toContain(secret);
    expectError(await host.call('GET', at('absent')), 404, 'ConnectorNotFound');
    expect((await host.call('DELETE', at('ours'))).status).toBe(204);
    expectError(await host.call('GET', at('ours')), 404, 'EventHookNotFound');
    expect((await host.call('DELETE', at('ours'))).status).toBe(204);
    expect((await host.call('DELETE', at('absent'))).status).toBe(204);
    expectError(await ring({ path, secret }), 401, 'Unauthorized');
  });

  it('gets another secret by a second request', async () => {
    const first = await makeHook('ours');
    const second = await makeHook('ours');
    expect(second.path).toBe(first.path);
    expectError(await ring(first), 401, 'Unauthorized');
    await rings(second);
  });

  it('follows If-Match, leaves the ETag, and is recorded', async () => {
    const { headers } = await host.call('GET', '/api/connectors/ours');
    const etag = headers.get('etag') ?? '';
    for (const method of ['POST', 'DELETE']) {
      const stale = await host.call(method, at('ours'), undefined, { 'if-match': '"stale"' });
      expectError(stale, 412, 'PreconditionFailed');
      const fresh = await host.call(method, at('ours'), undefined, { 'if-match': etag });
      expect([201, 204]).toContain(fresh.status);
      if (fresh.body) made.push(fresh.body.authorization);
    }
    const after = await host.call('GET', '/api/connectors/ours');
    expect(after.headers.get('etag')).toBe(etag);
    const { body } = await host.call('GET', '/api/audit?connectorId=ours&top=200');
    const actions = body.value.map(({ action, result }: any) => `${action} ${result}`);
    expect(actions).toEqual(
      expect.arrayContaining([
        'eventHook.make ok',
        'eventHook.delete ok',
        'eventHook.make refused',
      ]),
    );
  });

  it('ends with its connector, also for the next registration', async () => {
    const hook = await connected('gone');
    await host.call('DELETE', '/api/connectors/gone');
    expectError(await ring(hook), 401, 'Unauthorized');
    await connect(host, 'gone', orgOf('gone'), { backfillDays: 0 });
    expectError(await ring(hook), 401, 'Unauthorized');
    expectError(await host.call('GET', at('gone')), 404, 'EventHookNotFound');
  });
});

it('no secret of a hook is in tables, queues, blobs, output or other replies', async () => {
  await host.call('PATCH', '/api/connectors/ours', { backfillDays: 1 });
  await settled(host, 'ours');
  const others = host.replies().replaceAll(/"authorization":"[^"]+"/g, '""');
  expect(made.length).toBeGreaterThan(5);
  await expectNoSecret(
    lab,
    [{ output: host.output, replies: () => others }],
    [...made, TOKEN],
    'ours',
  );
});
