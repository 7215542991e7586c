/** App Service Authentication in front of the app, without a secret. */
import { describe, expect, it } from 'vitest';
import { CONTRACT_ROWS } from '../../support/contract-rows.ts';
import { rawSettings, resourceOf } from '../../support/templates.ts';

const authentication = (variant: 'azd' | 'sign-in') =>
  resourceOf(variant, 'Microsoft.Web/sites/config', '/authsettingsV2').properties;

describe('with a client id, a deployment', () => {
  it('requires sign-in, except for the routes that need no user', () => {
    const { globalValidation, platform } = authentication('sign-in');
    expect(platform.enabled).toBe(true);
    expect(globalValidation).toMatchObject({
      requireAuthentication: true,
      unauthenticatedClientAction: 'Return401',
    });
    const withoutUser = CONTRACT_ROWS.filter(({ role }) => role === 'none' || role === 'key');
    const routes = new Set(withoutUser.map(({ template }) => template.replace(/\{\w+\}$/, '*')));
    // The host's own endpoints have a separate key, and deployments call them.
    const others = ['/admin/*', '/portal', '/portal/*'];
    expect(globalValidation.excludedPaths.toSorted()).toEqual([...routes, ...others].toSorted());
  });

  it('uses the identity of the app in place of a client secret', () => {
    const { azureActiveDirectory } = authentication('sign-in').identityProviders;
    const { registration, validation } = azureActiveDirectory;
    const settings = rawSettings('sign-in');
    expect(settings[registration.clientSecretSettingName]).toBe(settings.AZURE_CLIENT_ID);
    expect(validation.allowedAudiences).toEqual([
      registration.clientId,
      `api://${registration.clientId}`,
    ]);
    expect(settings).toMatchObject({
      AUTH_MODE: 'entra',
      ENTRA_TENANT_ID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});

describe('without a client id, a deployment', () => {
  it('uses function keys, without sign-in', () => {
    expect(authentication('azd')).toEqual({ platform: { enabled: false } });
    expect(rawSettings('azd')).toMatchObject({ AUTH_MODE: 'keys' });
  });
});
