/** The life cycle of a connector over HTTP. Each part uses a separate connector and org. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { expectError } from '../support/calls.ts';
import { heldBy } from '../support/held-events.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { connect, failWith, happen, heal, isProbe } from '../support/row-org.ts';
import { register, settled, TOKEN, until } from '../support/stack.ts';

let lab: Lab;
let host: LabHost;
/** By connector id. `spare` is connected where a test needs another org. */
const orgs = new Map<string, OrgServer>();
const orgOf = (id: string) => orgs.get(id) as OrgServer;

beforeAll(async () => {
  const ids = ['registered', 'changed', 'tested', 'switched', 'polled', 'deleted'];
  for (const [n, id] of [...ids, 'purged', 'spare'].entries())
    orgs.set(id, await startLabOrg({ events: 40, seed: n + 1 }));
  lab = await startLab([...orgs.values()]);
  host = await lab.startHost();
});
afterAll(() => lab?.close());

/** The calls of one connector. */
function callsOf(id: string) {
  const path = `/api/connectors/${id}`;
  return {
    path,
    get: (below = '') => host.call('GET', `${path}${below}`),
    post: (below: string, body?: object, headers = {}) =>
      host.call('POST', `${path}${below}`, body, headers),
    patch: (body: object, headers = {}) => host.call('PATCH', path, body, headers),
    remove: (query = '') => host.call('DELETE', `${path}${query}`),
  };
}

describe('a registration', () => {
  const { path, get } = callsOf('registered');
  beforeAll(async () => {
    const created = await register(host, 'registered', orgOf('registered'));
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toMatch(/\/api\/connectors\/registered$/);
  });

  it('that is repeated returns 200 and the same ETag', async () => {
    const before = await get();
    const again = await register(host, 'registered', orgOf('registered'));
    expect(again.status).toBe(200);
    expect(again.headers.get('etag')).toBe(before.headers.get('etag'));
  });

  it('is refused for an org under a second id, and for another org under this one', async () => {
    const twice = await register(host, 'twice', orgOf('registered'));
    expectError(twice, 409, 'OrgAlreadyConnected');
    expectError(await register(host, 'registered', orgOf('spare')), 409, 'OrgMismatch');
  });

  it('respects If-None-Match', async () => {
    const credential = { kind: 'apiToken', token: TOKEN };
    const body = { domain: orgOf('registered').host, credential };
    const refused = await host.call('PUT', path, body, { 'if-none-match': '*' });
    expectError(refused, 412, 'PreconditionFailed');
  });
});

describe('a change', () => {
  const { get, post, patch } = callsOf('changed');
  beforeAll(() => connect(host, 'changed', orgOf('changed')));

  it('sets the given fields, keeps the others, and changes the ETag', async () => {
    const before = await get();
    const changed = await patch({ displayName: 'Contoso Ltd', pollIntervalSeconds: 120 });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      displayName: 'Contoso Ltd',
      pollIntervalSeconds: 120,
      backfillDays: before.body.backfillDays,
    });
    expect(changed.headers.get('etag')).not.toBe(before.headers.get('etag'));
    const reset = await patch({ displayName: null, pollIntervalSeconds: null });
    expect(reset.body).toMatchObject({ displayName: 'changed', pollIntervalSeconds: 60 });
  });

  it('accepts the resource as GET returns it', async () => {
    const { body, headers } = await get();
    const same = await patch(body);
    expect(same.status).toBe(200);
    expect(same.headers.get('etag')).toBe(headers.get('etag'));
  });

  it('keeps the old credential when the new one is refused', async () => {
    const refused = await patch({ credential: { kind: 'apiToken', token: '00wrong' } });
    expectError(refused, 422, 'OktaTokenInvalid');
    expect(JSON.stringify(refused.body)).not.toContain('00wrong');
    expect((await post('/test')).body.ok).toBe(true);
  });

  it('requires a media type, known fields and the same org', async () => {
    expectError(await patch({ nonsense: 1 }), 400, 'InvalidRequest');
    expectError(await patch({ backfillDays: 91 }), 400, 'InvalidRequest');
    expectError(await patch({ domain: orgOf('spare').host }), 409, 'OrgMismatch');
    const merge = { 'content-type': 'application/merge-patch+json' };
    expect((await patch({ displayName: 'Contoso' }, merge)).status).toBe(200);
    expectError(await patch({}, { 'content-type': 'text/plain' }), 415, 'UnsupportedMediaType');
    expectError(await callsOf('absent').patch({}), 404, 'ConnectorNotFound');
  });
});

describe('a test', () => {
  const { get, post } = callsOf('tested');
  beforeAll(() => connect(host, 'tested', orgOf('tested')));

  it('reports for each step whether it works, and its result is kept', async () => {
    const { status, body } = await post('/test');
    expect(status).toBe(200);
    const names = body.checks.map(({ name }: { name: string }) => name).toSorted();
    expect(names).toEqual(['auth', 'dns', 'logsRead', 'sinkWrite', 'tls', 'vault']);
    const { body: page } = await get('/status');
    expect(page.lastHealthCheck).toMatchObject({ ok: true, checks: body.checks });
  });

  it('names the failing step, with a remedy', async () => {
    failWith(orgOf('tested'), '403', isProbe);
    const { status, body } = await post('/test');
    heal(orgOf('tested'));
    expect(status).toBe(200);
    expect(body.ok).toBe(false);
    const failed = body.checks.filter(({ ok }: { ok: boolean }) => !ok);
    expect(failed).toMatchObject([{ name: 'logsRead', error: { code: 'OktaPermissionDenied' } }]);
  });
});

describe('disable and enable', () => {
  const { get, post } = callsOf('switched');

  it('stop and resume polling without a credential and without a gap', async () => {
    const org = orgOf('switched');
    await connect(host, 'switched', org);
    const disabled = await post('/disable');
    expect(disabled.body).toMatchObject({ enabled: false, status: 'Disabled' });
    expectError(await post('/poll'), 409, 'ConnectorDisabled');
    expectError(await post('/backfills'), 409, 'ConnectorDisabled');
    const whileDisabled = happen(org);

    failWith(org, '401', isProbe);
    expectError(await post('/enable'), 422, 'OktaTokenInvalid');
    heal(org);
    expect((await get()).body.enabled).toBe(false);

    const enabled = await post('/enable');
    expect(enabled).toMatchObject({ status: 200, body: { enabled: true } });
    await until('what happened meanwhile', async () =>
      (await heldBy(host, 'switched')).includes(whileDisabled) ? true : undefined,
    );
  });

  it('return 412 for an old ETag and 404 without a connector', async () => {
    const old = { 'if-match': '"old"' };
    expectError(await post('/disable', undefined, old), 412, 'PreconditionFailed');
    const absent = callsOf('absent');
    expectError(await absent.post('/disable'), 404, 'ConnectorNotFound');
    expectError(await absent.post('/disable', undefined, old), 412, 'PreconditionFailed');
  });
});

describe('poll now', () => {
  it('is accepted and performed', async () => {
    const { get, post } = callsOf('polled');
    await connect(host, 'polled', orgOf('polled'));
    await settled(host, 'polled');
    const before = (await get('/status')).body.live.pages;
    const { status, body } = await post('/poll');
    expect(status).toBe(202);
    expect(body.statusUrl).toMatch(/\/api\/connectors\/polled\/status$/);
    await until('a poll', async () =>
      (await get('/status')).body.live.pages > before ? true : undefined,
    );
  });
});

describe('a delete', () => {
  it('hides the connector at once and keeps its events for the next registration', async () => {
    const { get, remove } = callsOf('deleted');
    const org = orgOf('deleted');
    await connect(host, 'deleted', org);
    await settled(host, 'deleted');
    const stored = [...org.org.truth()].length;
    const counted = async () => (await get('/status')).body.counts.stored === stored || undefined;
    await until('all events to be counted', counted);
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(204);
    expectError(await get(), 404, 'ConnectorNotFound');
    const { body: list } = await host.call('GET', '/api/connectors');
    expect(list.value.map(({ id }: { id: string }) => id)).not.toContain('deleted');

    await connect(host, 'deleted', org);
    expect((await get('/status')).body.counts.stored).toBe(stored);
    await settled(host, 'deleted');
    expect((await heldBy(host, 'deleted')).length).toBe([...org.org.truth()].length);
  });

  it('with purge deletes the events too; any org can then use the id', async () => {
    const { remove } = callsOf('purged');
    await connect(host, 'purged', orgOf('purged'));
    await settled(host, 'purged');
    expect((await remove('?purgeEvents=maybe')).status).toBe(400);
    expect((await remove('?purgeEvents=true')).status).toBe(204);
    const replaced = await until('the purge to end', async () => {
      const reply = await register(host, 'purged', orgOf('spare'));
      return reply.body?.error?.code === 'ConnectorDeleting' ? undefined : reply;
    });
    expect(replaced.status).toBe(201);
    await settled(host, 'purged');
    expect((await heldBy(host, 'purged')).toSorted()).toEqual(
      [...orgOf('spare').org.truth()].map(({ raw }) => raw).toSorted(),
    );
  });

  it('of an invalid id returns 404', async () => {
    expectError(await callsOf('-no-').remove(), 404, 'ConnectorNotFound');
  });
});
