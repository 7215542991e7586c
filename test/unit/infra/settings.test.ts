/** The app settings of a deployment are known to the app, and accepted by the app and by the plan. */
import { describe, expect, it } from 'vitest';
import { readConfig, SETTING_NAMES } from '../../../shared/config.ts';
import {
  IDENTITY_CLIENT_ID,
  rawSettings,
  resourceOf,
  settingsInAzure,
  VARIANT_NAMES,
} from '../../support/templates.ts';

/** Read by the Functions host and by Azure's SDK, not by the app. */
const OF_PLATFORM = [
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'AZURE_TOKEN_CREDENTIALS',
  'AzureWebJobsStorage__accountName',
  'AzureWebJobsStorage__clientId',
  'AzureWebJobsStorage__credential',
  'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID',
  'languageWorkers__node__arguments',
];

/** https://learn.microsoft.com/azure/azure-functions/functions-app-settings: not on Flex Consumption. */
const REFUSED_BY_PLAN =
  /^(ENABLE_ORYX_BUILD|FUNCTIONS_(EXTENSION_VERSION|WORKER_RUNTIME.*|WORKER_PROCESS_COUNT|MAX_.*)|SCM_DO_BUILD_DURING_DEPLOYMENT|TZ|WEBSITE_(CONTENT.*|RUN_FROM_PACKAGE|TIME_ZONE|NODE_DEFAULT_VERSION|VNET_ROUTE_ALL|SKIP_.*|USE_PLACEHOLDER.*))$/;

describe.each(VARIANT_NAMES)('the settings of %s', (variant) => {
  const settings = rawSettings(variant);
  const withSignIn = settings.AUTH_MODE === 'entra';
  const platform = {
    WEBSITE_HOSTNAME: 'func-contoso.azurewebsites.net',
    ...(withSignIn ? { WEBSITE_AUTH_ENABLED: 'True' } : {}),
  };

  it('are known to the app or to the platform', () => {
    const unknown = Object.keys(settings).filter(
      (name) => !SETTING_NAMES.includes(name) && !OF_PLATFORM.includes(name),
    );
    expect(unknown).toEqual([]);
  });

  it('are supported by the plan', () => {
    expect(Object.keys(settings).filter((name) => REFUSED_BY_PLAN.test(name))).toEqual([]);
    const { siteConfig } = resourceOf(variant, 'Microsoft.Web/sites').properties;
    expect(Object.keys(siteConfig)).toEqual(['minTlsVersion']);
  });

  it('are accepted by the app, which uses its identity for every service', () => {
    const config = readConfig({ ...settingsInAzure(variant), ...platform });
    const account = resourceOf(variant, 'Microsoft.Storage/storageAccounts').name;
    expect(config).toMatchObject({
      storage: { kind: 'identity', queueUrl: `https://${account}.queue.core.windows.net` },
      identityClientId: IDENTITY_CLIENT_ID,
      authMode: withSignIn ? 'entra' : 'keys',
      isDevelopment: false,
    });
  });
});

describe('the options', () => {
  it('reach the app', () => {
    const config = readConfig({ ...settingsInAzure('everything'), WEBSITE_AUTH_ENABLED: 'True' });
    expect(config).toMatchObject({
      publicOrigin: 'https://okta.contoso.com',
      oktaAllowedDomains: ['login.contoso.com', 'id.contoso.com'],
      eventRetentionDays: 400,
      auditRetentionDays: 730,
      rateLimitReservePercent: 20,
      backfillParallelSlices: 8,
    });
    expect(config.webhookSecrets).toHaveLength(1);
    expect(config.entraTenantIds).toHaveLength(1);
  });

  it('have the defaults of the app', () => {
    const required = {
      AzureWebJobsStorage__accountName: 'contoso',
      KEY_VAULT_URL: 'https://contoso.vault.azure.net',
    };
    const bare = readConfig(required);
    const { eventRetentionDays, auditRetentionDays, rateLimitReservePercent } = bare;
    const { backfillParallelSlices, oktaAllowedDomains, webhookSecrets, authMode } = bare;
    const defaults = { eventRetentionDays, auditRetentionDays, rateLimitReservePercent };
    expect(readConfig(settingsInAzure('azd'))).toMatchObject({
      ...defaults,
      ...{ backfillParallelSlices, oktaAllowedDomains, webhookSecrets, authMode },
    });
  });
});
