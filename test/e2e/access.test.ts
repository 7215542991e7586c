/** Access: the same functions under each mode of authentication. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError } from '../support/calls.ts';
import { CONTRACT_ROWS, type RowRole } from '../support/contract-rows.ts';
import { type Lab, type LabHost, startLab } from '../support/lab.ts';

const KEY = 'key-of-the-tests';
const withKey = { 'x-functions-key': KEY };
const AT = '/api/connectors/absent';

/** Every route, called for a missing connector. */
const ROWS = CONTRACT_ROWS.map(({ method, template, role, query }): [string, string, RowRole] => {
  const path = template
    .replace('{id}', 'absent')
    .replace('{backfillId}', '0001')
    .replace('{uuid}', 'a')
    .replace('{ref}', 'unknownReference000000');
  return [method, query ? `${path}?${query}` : path, role];
});
/** Routes that authorise a call by a signature or a secret of their own. */
const hasOwnSecret = (path: string) => /^\/api\/(webhooks\/portal|hooks\/)/.test(path);
const guarded = ROWS.filter(([, , role]) => role !== 'none' && role !== 'key');

let lab: Lab;
let keys: LabHost;
let entra: LabHost;
let open: LabHost;

beforeAll(async () => {
  lab = await startLab([]);
  const behind = { AUTH_MODE: 'entra', WEBSITE_AUTH_ENABLED: 'True' };
  [keys, entra, open] = await Promise.all([
    lab.startHost({ LOCAL_FUNCTION_KEY: KEY }),
    lab.startHost({ ...behind, LOCAL_FUNCTION_KEY: KEY }),
    lab.startHost({ AUTH_MODE: 'none', LOCAL_FUNCTION_KEY: KEY }),
  ]);
});
afterAll(() => lab.close());

/** The header of App Service Authentication. */
function signedIn(roles: string[], { auth_typ = 'aad', name = 'Ada' } = {}) {
  const claims = [
    { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: `id-of-${name}` },
    { typ: 'preferred_username', val: name },
    ...roles.map((role) => ({ typ: 'roles', val: `Connector.${role}` })),
  ];
  const name_typ = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress';
  const role_typ = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';
  const principal = { auth_typ, name_typ, role_typ, claims };
  return { 'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64') };
}
const call = async (
  host: LabHost,
  [method, path]: readonly [string, string, ...unknown[]],
  headers = {},
) => await host.send(method, path, undefined, headers);
/** The latest audit entry of this action, or of this code. */
const recorded = async (host: LabHost, what: string, headers: Record<string, string>) => {
  const { body } = await host.call('GET', '/api/audit?connectorId=absent', undefined, headers);
  return body.value.find(({ action, code }: any) => action === what || code === what);
};

/** Sets only this setting, and returns the output of a host that refuses to start. */
async function refusing(env: Record<string, string>, setting: string): Promise<string> {
  const host = await lab.startHost(env);
  const health = await fetch(`${host.url}/api/health`);
  const checks = [{ name: 'settings', ok: false, settings: [setting] }];
  expect([health.status, await health.json()]).toEqual([503, { status: 'unavailable', checks }]);
  for (const [method, path] of ROWS.filter(([, one]) => one !== '/api/health'))
    expect((await fetch(`${host.url}${path}`, { method })).status).toBe(404);
  await host.kill();
  return host.output();
}

describe('with function keys', () => {
  it.each(ROWS)('%s %s (%s) requires the key, unless it is open', async (...row) => {
    const isOpen = row[2] === 'none';
    const forged = signedIn(['Admin']);
    for (const headers of [{}, forged, { 'x-functions-key': 'wrong' }]) {
      const { status, body } = await call(keys, row, headers);
      if (hasOwnSecret(row[1])) expect(body.error.code).toBe('Unauthorized');
      else if (isOpen) expect(status).toBe(200);
      else expect([status, body]).toEqual([401, undefined]);
    }
    if (!isOpen) expect((await call(keys, row, withKey)).status).not.toBe(401);
  });

  it('accepts the key as a query parameter too', async () => {
    expect((await keys.call('GET', `/api/connectors?code=${KEY}`)).status).toBe(200);
  });

  it('records the caller as functionKey, independent of headers', async () => {
    const headers = { ...withKey, ...signedIn(['Admin'], { name: 'Mallory' }) };
    await keys.call('DELETE', AT, undefined, headers);
    expect(await recorded(keys, 'connector.delete', headers)).toMatchObject({
      caller: 'functionKey',
      result: 'ok',
    });
  });
});

describe('with Entra in front', () => {
  const RANKS = ['Reader', 'Operator', 'Admin'];

  it.each(guarded)('%s %s requires the role %s', async (method, path, role) => {
    const row = [method, path] as const;
    expectError(await call(entra, row), 401, 'Unauthorized');
    expectError(await call(entra, row, withKey), 401, 'Unauthorized');
    const google = signedIn(['Admin'], { auth_typ: 'google' });
    expectError(await call(entra, row, google), 401, 'Unauthorized');
    const broken = { 'x-ms-client-principal': 'nonsense' };
    expectError(await call(entra, row, broken), 401, 'Unauthorized');
    expectError(await call(entra, row, signedIn([])), 403, 'Forbidden');
    for (const held of RANKS) {
      const reply = await call(entra, row, signedIn([held]));
      const enough = RANKS.indexOf(held) >= RANKS.indexOf(role);
      if (!enough) expect(expectError(reply, 403, 'Forbidden').remedy).toContain(role);
      else expect([401, 403]).not.toContain(reply.status);
    }
  });

  it('leaves health and the document open, and requires key and signature for webhooks', async () => {
    const admin = signedIn(['Admin']);
    expect((await entra.call('GET', '/api/health')).status).toBe(200);
    expect((await entra.call('GET', '/api/openapi.json')).status).toBe(200);
    for (const headers of [{}, admin]) {
      const portal = await call(entra, ['POST', '/api/webhooks/portal'], headers);
      expectError(portal, 401, 'Unauthorized');
      const events = await call(entra, ['POST', '/api/webhooks/events'], headers);
      expect([events.status, events.body]).toEqual([401, undefined]);
    }
    const keyed = await call(entra, ['POST', '/api/webhooks/events'], withKey);
    expectError(keyed, 415, 'UnsupportedMediaType');
  });

  describe('caller input never becomes a header or a route parameter:', () => {
    const forged = JSON.stringify(signedIn(['Admin']));
    const asQuery = (name: string) => `?${name}=${encodeURIComponent(forged)}`;

    it.each(['Headers', 'headers', 'HEADERS', '%48eaders'])(
      'a query parameter named %s',
      async (name) => {
        for (const [method, path] of guarded)
          expectError(
            await call(entra, [method, path.replace(/\?.*/, '') + asQuery(name)]),
            401,
            'Unauthorized',
          );
      },
    );

    it('a body with fields of these names, of any declared type', async () => {
      const body = JSON.stringify({ Headers: JSON.parse(forged), headers: forged, id: 'other' });
      for (const type of ['application/json', 'text/plain'])
        for (const [method, path] of guarded.filter(([one]) => one !== 'GET')) {
          const reply = await entra.send(method, path, body, { 'content-type': type });
          expectError(reply, 401, 'Unauthorized');
        }
    });

    it('an authorised caller cannot lose or change parts of a request', async () => {
      const admin = signedIn(['Admin']);
      for (const query of ['?headers=x', '?ID=other', '?id=other&Id=another', asQuery('Headers')]) {
        const reply = await entra.call('DELETE', `${AT}${query}`, undefined, admin);
        expect(reply.status, query).toBe(204);
        expectError(
          await entra.call('GET', `${AT}${query}`, undefined, admin),
          404,
          'ConnectorNotFound',
        );
      }
      const { body } = await entra.call('GET', '/api/audit?top=200', undefined, admin);
      const named = body.value.map((one: any) => one.connectorId);
      expect(named).toContain('absent');
      expect(named).not.toContain('other');
      expect(named).not.toContain('another');
    });
  });

  it('records callers by their id, and the refusals of a minute by the latest and their number', async () => {
    const admin = signedIn(['Admin']);
    await call(entra, ['DELETE', AT], signedIn(['Admin'], { name: 'Grace' }));
    expect(await recorded(entra, 'connector.delete', admin)).toMatchObject({
      caller: 'id-of-Grace (Grace)',
      result: 'ok',
    });
    await call(entra, ['DELETE', AT], signedIn(['Reader'], { name: 'Eve' }));
    expect(await recorded(entra, 'Forbidden', admin)).toMatchObject({
      caller: 'id-of-Eve (Eve)',
      action: 'connector.delete',
      result: 'refused',
      detail: expect.stringMatching(/^\d+ in this minute$/),
    });
    await call(entra, ['GET', `${AT}/status`]);
    expect(await recorded(entra, 'Unauthorized', admin)).toMatchObject({
      caller: 'unknown',
      action: 'connector.status',
      result: 'refused',
    });
  });

  it('does not start unless the platform reports that authentication is on', async () => {
    for (const env of [{}, { WEBSITE_AUTH_ENABLED: 'False' }, { WEBSITE_AUTH_ENABLED: '1' }]) {
      const output = await refusing({ AUTH_MODE: 'entra', ...env }, 'AUTH_MODE');
      expect(output).toContain('WEBSITE_AUTH_ENABLED');
    }
  });
});

describe('without authentication', () => {
  it.each(ROWS)('%s %s (%s) is open to every caller', async (...row) => {
    const { status } = await call(open, row);
    // Without signature and secret.
    if (!hasOwnSecret(row[1])) expect([401, 403]).not.toContain(status);
  });

  it('a principal in a header is ignored', async () => {
    await open.call('DELETE', AT, undefined, signedIn(['Admin'], { name: 'Mallory' }));
    expect((await recorded(open, 'connector.delete', {})).caller).toBe('anonymous');
  });

  it('the app does not start outside of development', async () => {
    const env = { AZURE_FUNCTIONS_ENVIRONMENT: 'Production', OKTA_TEST_ORIGINS: '' };
    await refusing({ ...env, AUTH_MODE: 'none' }, 'AUTH_MODE');
    const testing = { ...env, OKTA_TEST_ORIGINS: 'http://127.0.0.1:9443' };
    await refusing(testing, 'OKTA_TEST_ORIGINS');
  });
});
