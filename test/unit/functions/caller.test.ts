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

/** A request as App Service Authentication passes it on. */
function requestOf(principal?: object) {
  const encoded = Buffer.from(JSON.stringify(principal ?? null)).toString('base64');
  return { headers: new Headers(principal ? { 'x-ms-client-principal': encoded } : {}) };
}
const signedIn = (roles: string[], auth_typ = 'aad') => ({
  auth_typ,
  name_typ: 'name',
  role_typ: 'roles',
  claims: [{ typ: 'name', val: 'Ada' }, ...roles.map((val) => ({ typ: 'roles', val }))],
});
const outcome = (request: { headers: Headers }, role: Role, mode = 'entra') => {
  const { caller, problem } = admit(request, config(mode), role);
  return problem?.code ?? caller;
};

describe('with Entra in front, a caller', () => {
  it.each<[string, Role, string]>([
    ['Connector.Reader', 'Reader', 'Ada'],
    ['Connector.Reader', 'Operator', 'Forbidden'],
    ['Connector.Operator', 'Reader', 'Ada'],
    ['Connector.Operator', 'Admin', 'Forbidden'],
    ['Connector.Admin', 'Admin', 'Ada'],
    ['Somebody.Else', 'Reader', 'Forbidden'],
  ])('with the role %s that asks as %s: %s', (held, wanted, expected) => {
    expect(outcome(requestOf(signedIn([held])), wanted)).toBe(expected);
  });

  it('without a principal, with a broken one or one of another provider is nobody', () => {
    const broken = { headers: new Headers({ 'x-ms-client-principal': 'nonsense' }) };
    const google = requestOf(signedIn(['Connector.Admin'], 'google'));
    for (const request of [requestOf(), broken, google])
      expect(outcome(request, 'Reader')).toBe('Unauthorized');
  });
});

it('with keys or without any check, a principal header is worth nothing', () => {
  const forged = requestOf(signedIn(['Connector.Admin']));
  expect(outcome(forged, 'Admin', 'keys')).toBe('functionKey');
  expect(outcome(forged, 'Admin', 'none')).toBe('anonymous');
});

describe('the page asks for its user', () => {
  const user = (request: { headers: Headers }, mode = 'entra') => userOf(request, config(mode));

  it('who holds every role that a role includes', () => {
    expect(user(requestOf(signedIn(['Connector.Operator'])))).toEqual({
      name: 'Ada',
      roles: ['Connector.Reader', 'Connector.Operator'],
    });
    expect(user(requestOf(signedIn([])))).toEqual({ name: 'Ada', roles: [] });
  });

  it('who is nobody without a principal, and with keys', () => {
    expect(user(requestOf())).toBeNull();
    expect(user(requestOf(signedIn(['Connector.Admin'], 'google')))).toBeNull();
    expect(user(requestOf(signedIn(['Connector.Admin'])), 'keys')).toBeNull();
  });

  it('who may do all where nobody is asked', () => {
    expect(user(requestOf(), 'none')?.roles).toHaveLength(3);
  });
});
