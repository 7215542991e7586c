/** The audit of management calls. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import type { Reply } from '../support/calls.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import type { Verdict } from '../support/proxy.ts';
import { register, settled, TOKEN, until } from '../support/stack.ts';

const PATH = '/api/connectors/contoso';
let org: OrgServer;
let lab: Lab;
let host: LabHost;
let startedAtMs: number;

beforeAll(async () => {
  org = await startLabOrg({ events: 20 });
  lab = await startLab([org]);
  host = await lab.startHost();
  startedAtMs = Date.now();
});
afterAll(() => lab.close());

const put = (more: object = {}) => register(host, 'contoso', org, more);
const post = (path: string, body?: object) => host.call('POST', `${PATH}/${path}`, body);
const entries = async (query = 'connectorId=contoso'): Promise<any[]> =>
  (await host.call('GET', `/api/audit?top=1000&${query}`)).body.value;

describe('the record', () => {
  it('contains a call before its change, and its result afterwards', async () => {
    const held = Promise.withResolvers<Verdict>();
    lab.vault.watcher = { before: ({ method }) => (method === 'PUT' ? held.promise : 'pass') };
    const registered = put();
    const [started] = await until('the entry', async () => {
      const found = await entries();
      return found.length > 0 ? found : undefined;
    });
    expect(started).toEqual({
      at: expect.any(String),
      caller: 'functionKey',
      action: 'connector.put',
      connectorId: 'contoso',
      result: 'started',
    });
    held.resolve('pass');
    expect((await registered).status).toBe(201);
    expect(await entries()).toEqual([{ ...started, result: 'ok' }]);
    expect(Date.parse(started.at)).toBeGreaterThanOrEqual(startedAtMs);
    await settled(host, 'contoso');
  });

  it.each<[string, string, string | undefined, () => Promise<Reply>]>([
    ['connector.put', 'refused', 'InvalidDomain', () => host.call('PUT', PATH, { domain: TOKEN })],
    ['connector.put', 'refused', 'InvalidRequest', () => host.call('PUT', PATH, { [TOKEN]: 1 })],
    [
      'connector.patch',
      'ok',
      undefined,
      () => host.call('PATCH', PATH, { displayName: 'Changed' }),
    ],
    [
      'connector.patch',
      'refused',
      'PreconditionFailed',
      () => host.call('PATCH', PATH, {}, { 'if-match': '"other"' }),
    ],
    ['connector.test', 'ok', undefined, () => post('test')],
    ['connector.poll', 'ok', undefined, () => post('poll')],
    ['backfill.start', 'ok', undefined, () => post('backfills', { mode: 'verify' })],
    ['backfill.cancel', 'ok', undefined, () => post('backfills/0002/cancel')],
    ['backfill.cancel', 'refused', 'BackfillNotFound', () => post(`backfills/${TOKEN}/cancel`)],
    ['connector.disable', 'ok', undefined, () => post('disable')],
    ['connector.poll', 'refused', 'ConnectorDisabled', () => post('poll')],
    ['connector.enable', 'ok', undefined, () => post('enable')],
    ['connector.delete', 'ok', undefined, () => host.call('DELETE', PATH)],
    ['connector.enable', 'refused', 'ConnectorNotFound', () => post('enable')],
  ])('contains %s: %s %s', async (action, result, code, call) => {
    const { status } = await call();
    expect(status < 400).toBe(result === 'ok');
    const [latest] = await entries();
    expect(latest).toMatchObject({ caller: 'functionKey', action, result, connectorId: 'contoso' });
    expect(latest.code).toBe(code);
  });

  it('marks calls that failed because of the app or its services as failed', async () => {
    expect((await put()).status).toBe(201);
    lab.vault.watcher = { before: ({ method }) => (method === 'PUT' ? 403 : 'pass') };
    org.org.options.tokens.push('00rotated');
    const credential = { kind: 'apiToken', token: '00rotated' };
    expect((await host.call('PATCH', PATH, { credential })).status).toBe(503);
    lab.vault.watcher = {};
    const [latest] = await entries();
    expect(latest).toMatchObject({
      action: 'connector.patch',
      result: 'failed',
      code: 'VaultUnavailable',
    });
  });

  it('contains no reads, except exports', async () => {
    const before = await entries('');
    await host.call('GET', PATH);
    await host.call('GET', `${PATH}/status`);
    await host.call('GET', '/api/connectors');
    expect(await entries('')).toEqual(before);
  });

  it('is newest first, by connector or for all, and is kept when the connector is purged', async () => {
    const before = await entries();
    expect((await host.call('DELETE', `${PATH}?purgeEvents=true`)).status).toBe(204);
    await host.call('DELETE', '/api/connectors/other');
    const [latest, ...rest] = await entries();
    expect(latest).toMatchObject({
      action: 'connector.delete',
      result: 'ok',
      detail: 'purgeEvents',
    });
    expect(rest).toEqual(before);
    const all = await entries('');
    expect(all[0].connectorId).toBe('other');
    const times = all.map(({ at }) => at);
    expect(times).toEqual(times.toSorted().reverse());
    expect(await entries(`connectorId=${TOKEN}`)).toEqual([]);
  });

  it('never contains a credential, wherever the caller put it', async () => {
    await host.call('DELETE', `/api/connectors/${TOKEN}`);
    await host.call('PUT', `/api/connectors/${TOKEN}`, {});
    const text = JSON.stringify(await entries(''));
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain('00rotated');
  });
});
