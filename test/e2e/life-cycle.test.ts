/** A connector's life over HTTP, from registration to its second one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError } from '../support/calls.ts';
import { heldBy } from '../support/held-events.ts';
import { type ConnectedLab, startLab, startLabOrg } from '../support/lab.ts';
import { failTimes, happen, heal } from '../support/row-org.ts';
import { polledUntil, register, settled, TOKEN, until } from '../support/stack.ts';

const PATH = '/api/connectors/contoso';
let lab: ConnectedLab['lab'];
let host: ConnectedLab['host'];
let org: ConnectedLab['org'];
let other: ConnectedLab['org'];

beforeAll(async () => {
  org = await startLabOrg({ events: 2000 });
  other = await startLabOrg({ events: 10, seed: 2 });
  lab = await startLab([org, other]);
  host = await lab.startHost();
});
afterAll(() => lab?.close());

const get = (path = '') => host.call('GET', `${PATH}${path}`);
const post = (path: string, body?: object) => host.call('POST', `${PATH}${path}`, body);
const patch = (body: object, headers = {}) => host.call('PATCH', PATH, body, headers);

describe('registration', () => {
  it('answers 201 with where the connector is, then 200 and the same ETag', async () => {
    const created = await register(host, 'contoso', org);
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toMatch(/\/api\/connectors\/contoso$/);
    const again = await register(host, 'contoso', org);
    expect(again.status).toBe(200);
    expect(again.headers.get('etag')).toBe(created.headers.get('etag'));
    await settled(host, 'contoso');
  });

  it('refuses an org under a second id, and another org under this one', async () => {
    expectError(await register(host, 'twice', org), 409, 'OrgAlreadyConnected');
    expectError(await register(host, 'contoso', other), 409, 'OrgMismatch');
  });

  it('heeds If-None-Match', async () => {
    const body = { domain: org.host, credential: { kind: 'apiToken', token: TOKEN } };
    const refused = await host.call('PUT', PATH, body, { 'if-none-match': '*' });
    expectError(refused, 412, 'PreconditionFailed');
  });
});

describe('a change', () => {
  it('sets what is given, leaves the rest, and moves the ETag', async () => {
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
    expect(reset.body).toMatchObject({ displayName: 'contoso', pollIntervalSeconds: 60 });
  });

  it('takes the resource as GET shows it', async () => {
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

  it('wants a media type, known fields and the same org', async () => {
    expectError(await patch({ nonsense: 1 }), 400, 'InvalidRequest');
    expectError(await patch({ backfillDays: 91 }), 400, 'InvalidRequest');
    expectError(await patch({ domain: other.host }), 409, 'OrgMismatch');
    const merge = { 'content-type': 'application/merge-patch+json' };
    expect((await patch({ displayName: 'Contoso' }, merge)).status).toBe(200);
    expectError(await patch({}, { 'content-type': 'text/plain' }), 415, 'UnsupportedMediaType');
    const absent = await host.call('PATCH', '/api/connectors/absent', {});
    expectError(absent, 404, 'ConnectorNotFound');
  });
});

describe('a test', () => {
  it('says of each step whether it works, and is remembered', async () => {
    const { status, body } = await post('/test');
    expect(status).toBe(200);
    const names = body.checks.map(({ name }: { name: string }) => name).toSorted();
    expect(names).toEqual(['auth', 'dns', 'logsRead', 'sinkWrite', 'tls', 'vault']);
    const { body: page } = await get('/status');
    expect(page.lastHealthCheck).toMatchObject({ ok: true, checks: body.checks });
  });

  it('names the step that fails, with what to do', async () => {
    failTimes(org, '403', 1);
    const { status, body } = await post('/test');
    expect(status).toBe(200);
    expect(body.ok).toBe(false);
    const failed = body.checks.filter(({ ok }: { ok: boolean }) => !ok);
    expect(failed).toMatchObject([{ name: 'logsRead', error: { code: 'OktaPermissionDenied' } }]);
  });
});

describe('disable and enable', () => {
  it('stop and resume without a credential and without a gap', async () => {
    const disabled = await post('/disable');
    expect(disabled.body).toMatchObject({ enabled: false, status: 'Disabled' });
    expectError(await post('/poll'), 409, 'ConnectorDisabled');
    expectError(await post('/backfills'), 409, 'ConnectorDisabled');
    const whileDisabled = happen(org);

    failTimes(org, '401', 1);
    expectError(await post('/enable'), 422, 'OktaTokenInvalid');
    expect((await get()).body.enabled).toBe(false);

    const enabled = await post('/enable');
    expect(enabled).toMatchObject({ status: 200, body: { enabled: true } });
    await until('what came in meanwhile', async () =>
      (await heldBy(host, 'contoso')).includes(whileDisabled) ? true : undefined,
    );
  });

  it('are 412 under an old ETag and 404 where there is no connector', async () => {
    const old = { 'if-match': '"old"' };
    expectError(
      await host.call('POST', `${PATH}/disable`, undefined, old),
      412,
      'PreconditionFailed',
    );
    const absent = '/api/connectors/absent/disable';
    expectError(await host.call('POST', absent), 404, 'ConnectorNotFound');
    expectError(await host.call('POST', absent, undefined, old), 412, 'PreconditionFailed');
  });
});

describe('poll now', () => {
  it('is accepted and happens', async () => {
    const before = (await get('/status')).body.live.pages;
    const { status, body } = await post('/poll');
    expect(status).toBe(202);
    expect(body.statusUrl).toMatch(/\/api\/connectors\/contoso\/status$/);
    await until('a poll', async () =>
      (await get('/status')).body.live.pages > before ? true : undefined,
    );
  });
});

describe('further backfills', () => {
  it('fill a second range and verify it', async () => {
    const from = new Date(Date.now() - 70 * 86_400_000).toISOString();
    const started = await post('/backfills', { from, mode: 'verify' });
    expect(started.status).toBe(202);
    const path = new URL(started.headers.get('location') ?? '').pathname;
    expect(path).toBe(`${PATH}/backfills/${started.body.id}`);
    expectError(await post('/backfills'), 409, 'BackfillAlreadyRunning');
    await until('everything to be read', async () =>
      (await host.call('GET', path)).body.percentComplete === 99.9 ? true : undefined,
    );
    // What was not there then is live's to bring: it ends when live has caught up later than that.
    const view = await polledUntil(host, 'contoso', 'the verify to end', async () => {
      const { body } = await host.call('GET', path);
      return body.state === 'Succeeded' ? body : undefined;
    });
    expect(view).toMatchObject({ mode: 'verify', missing: 0, percentComplete: 100, from });
    expectError(await host.call('POST', `${path}/cancel`), 409, 'BackfillFinished');
    const { body: list } = await get('/backfills');
    expect(list.value.map(({ id }: { id: string }) => id)).toEqual([started.body.id, '0001']);
  });

  it('are refused where Okta has nothing left, or nothing lies between', async () => {
    const past = { from: '2020-01-01T00:00:00Z', to: '2020-02-01T00:00:00Z' };
    expectError(await post('/backfills', past), 422, 'RangeOutsideRetention');
    const turned = { from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' };
    expectError(await post('/backfills', turned), 400, 'InvalidRequest');
    expectError(await post('/backfills', { from: 'yesterday' }), 400, 'InvalidRequest');
    expectError(await get('/backfills/9999'), 404, 'BackfillNotFound');
  });

  it('can be canceled while they run', async () => {
    failTimes(org, 'slow', 20);
    const { body } = await post('/backfills');
    const canceled = await post(`/backfills/${body.id}/cancel`);
    expect(canceled).toMatchObject({ status: 202, body: { state: 'Canceled' } });
    heal(org);
  });
});

describe('a delete', () => {
  it('hides the connector at once and keeps its events for the next registration', async () => {
    const { stored } = (await get('/status')).body.counts;
    expect((await host.call('DELETE', PATH)).status).toBe(204);
    expect((await host.call('DELETE', PATH)).status).toBe(204);
    expectError(await get(), 404, 'ConnectorNotFound');
    expect((await host.call('GET', '/api/connectors')).body.value).toEqual([]);

    expect((await register(host, 'contoso', org)).status).toBe(201);
    expect((await get('/status')).body.counts.stored).toBe(stored);
    await settled(host, 'contoso');
    expect((await heldBy(host, 'contoso')).length).toBe([...org.org.truth()].length);
  });

  it('with purge deletes the events too; then any org may have the id', async () => {
    expect((await host.call('DELETE', `${PATH}?purgeEvents=maybe`)).status).toBe(400);
    expect((await host.call('DELETE', `${PATH}?purgeEvents=true`)).status).toBe(204);
    const replaced = await until('the purge to end', async () => {
      const reply = await register(host, 'contoso', other);
      return reply.body?.error?.code === 'ConnectorDeleting' ? undefined : reply;
    });
    expect(replaced.status).toBe(201);
    await settled(host, 'contoso');
    expect((await heldBy(host, 'contoso')).length).toBe(10);
  });

  it('of an id that no connector can have finds nothing', async () => {
    expectError(await host.call('DELETE', '/api/connectors/-no-'), 404, 'ConnectorNotFound');
  });
});
