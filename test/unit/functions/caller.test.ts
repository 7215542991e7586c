import { describe, expect, it } from 'vitest';
import { admit, type Role, userOf } from '../../../functions/http/caller.ts';
import { readConfig } from '../../../shared/config.ts';

const config = (AUTH_MODE: string) =>
  readConfig({
    AUTH_MODE,
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    KEY_VAULT_URL: 'https://contoso.vault.azure.net',
    WEBSITE_AUTH_ENABLED: 'true',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  });

/** A request as App Service Authentication forwards it. */
function requestOf(principal?: object) {
  const encoded = Buffer.from(JSON.stringify(principal ?? null)).toString('base64');
  return { headers: new Headers(principal ? { 'x-ms-client-principal': encoded } : {}) };
}
const OID = '6ba5f0c4-0b52-4e1a-9d4b-2f1f0e3a7c11';
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const CLAIMS = 'http://schemas.microsoft.com/identity/claims';
/** A user with the claims that the platform maps from a token. Users choose their display name. */
const signedIn = (roles: string[], auth_typ = 'aad', more: object[] = []) => ({
  auth_typ,
  name_typ: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
  role_typ: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role',
  claims: [
    { typ: 'aud', val: 'api://connector' },
    { typ: 'name', val: 'Somebody Else' },
    { typ: `${CLAIMS}/objectidentifier`, val: OID },
    { typ: 'preferred_username', val: 'ada@contoso.com' },
    { typ: `${CLAIMS}/tenantid`, val: TENANT },
    ...roles.map((val) => ({ typ: 'roles', val })),
    ...more,
  ],
});
/** The token of a service principal, which has no name. */
const app = (roles: string[]) => ({
  auth_typ: 'aad',
  name_typ: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
  role_typ: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role',
  claims: [
    { typ: 'appid', val: 'client-of-the-pipeline' },
    { typ: 'oid', val: OID },
    { typ: 'tid', val: TENANT },
    ...roles.map((val) => ({ typ: 'roles', val })),
  ],
});
const ADA = `${OID} (ada@contoso.com)`;
const outcome = (request: { headers: Headers }, role: Role, mode = 'entra') => {
  const { caller, problem } = admit(request, config(mode), role);
  return problem?.code ?? caller;
};

describe('with Entra in front, a caller', () => {
  it.each<[string, Role, string]>([
    ['Connector.Reader', 'Reader', ADA],
    ['Connector.Reader', 'Operator', 'Forbidden'],
    ['Connector.Operator', 'Reader', ADA],
    ['Connector.Operator', 'Admin', 'Forbidden'],
    ['Connector.Admin', 'Admin', ADA],
    ['Somebody.Else', 'Reader', 'Forbidden'],
  ])('with the role %s that acts as %s: %s', (held, wanted, expected) => {
    expect(outcome(requestOf(signedIn([held])), wanted)).toBe(expected);
  });

  it('without a principal, or with an invalid principal or one of another provider, is anonymous', () => {
    const broken = { headers: new Headers({ 'x-ms-client-principal': 'nonsense' }) };
    const google = requestOf(signedIn(['Connector.Admin'], 'google'));
    for (const request of [requestOf(), broken, google])
      expect(outcome(request, 'Reader')).toBe('Unauthorized');
  });
});

describe('the audit', () => {
  const roles = ['Connector.Admin'];

  it('names a service principal by its id and its application', () => {
    expect(outcome(requestOf(app(roles)), 'Admin')).toBe(`${OID} (app client-of-the-pipeline)`);
  });

  it('uses the id that the platform sends with a principal that has none', () => {
    const claims = [{ typ: 'roles', val: 'Connector.Admin' }];
    const { headers } = requestOf({ auth_typ: 'aad', claims });
    expect(outcome({ headers }, 'Admin')).toBe('unnamed');
    headers.set('x-ms-client-principal-id', OID);
    expect(outcome({ headers }, 'Admin')).toBe(OID);
  });

  it('stores names in one line, and truncated', () => {
    const claims = [{ typ: 'preferred_username', val: `a\nb${'c'.repeat(500)}` }];
    const { name } = userOf(requestOf({ auth_typ: 'aad', claims }), config('entra')) ?? {};
    expect(name).toMatch(/^a bc{197}$/);
  });
});

describe('with allowed tenants, a caller', () => {
  const ofTenants = (ENTRA_TENANT_ID: string) => ({
    ...config('entra'),
    entraTenantIds: [ENTRA_TENANT_ID],
  });
  const codeFor = (principal: object, tenant: string) =>
    admit(requestOf(principal), ofTenants(tenant), 'Reader').problem?.code;
  const roles = ['Connector.Admin'];

  it('of such a tenant is accepted, as user or service principal', () => {
    expect([signedIn(roles), app(roles)].map((one) => codeFor(one, TENANT))).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('of another tenant, or without a tenant, is refused, whatever its roles', () => {
    const other = '11111111-1111-1111-1111-111111111111';
    const without = { auth_typ: 'aad', claims: [{ typ: 'roles', val: 'Connector.Admin' }] };
    for (const [principal, tenant] of [
      [signedIn(roles), other],
      [app(roles), other],
      [without, TENANT],
    ] as const)
      expect(codeFor(principal, tenant)).toBe('Forbidden');
    expect(userOf(requestOf(signedIn(roles)), ofTenants(other))?.roles).toEqual([]);
  });
});

it('with keys or without authentication, a principal header is ignored', () => {
  const forged = requestOf(signedIn(['Connector.Admin']));
  expect(outcome(forged, 'Admin', 'keys')).toBe('functionKey');
  expect(outcome(forged, 'Admin', 'none')).toBe('anonymous');
});

describe('the portal page receives a user', () => {
  const user = (request: { headers: Headers }, mode = 'entra') => userOf(request, config(mode));

  it('with all roles that a role includes', () => {
    expect(user(requestOf(signedIn(['Connector.Operator'])))).toEqual({
      name: 'ada@contoso.com',
      roles: ['Connector.Reader', 'Connector.Operator'],
    });
    expect(user(requestOf(signedIn([])))).toEqual({ name: 'ada@contoso.com', roles: [] });
  });

  it('only with a principal, and not with keys', () => {
    expect(user(requestOf())).toBeNull();
    expect(user(requestOf(signedIn(['Connector.Admin'], 'google')))).toBeNull();
    expect(user(requestOf(signedIn(['Connector.Admin'])), 'keys')).toBeNull();
  });

  it('with all roles when authentication is off', () => {
    expect(user(requestOf(), 'none')?.roles).toHaveLength(3);
  });
});
