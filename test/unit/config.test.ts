import { describe, expect, it } from 'vitest';
import { readConfig } from '../../shared/config.ts';
import { ConfigError } from '../../shared/config-error.ts';

const least = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  KEY_VAULT_URL: 'https://contoso.vault.azure.net',
};

describe('the settings', () => {
  it('need a storage connection and a vault, and have defaults for the rest', () => {
    expect(readConfig(least)).toMatchObject({
      storage: { kind: 'connectionString' },
      authMode: 'keys',
      rateLimitReservePercent: 10,
      backfillParallelSlices: 4,
      eventRetentionDays: 180,
      isDevelopment: false,
    });
  });

  it.each([
    ['KEY_VAULT_URL', undefined],
    ['KEY_VAULT_URL', 'http://contoso.vault.azure.net'],
    ['AzureWebJobsStorage', undefined],
    ['AUTH_MODE', 'password'],
    ['POLL_SCHEDULE', '* * * * *'],
    ['RATE_LIMIT_RESERVE_PERCENT', '100'],
    ['BACKFILL_PARALLEL_SLICES', 'four'],
    ['EVENT_RETENTION_DAYS', '30'],
    ['OKTA_ALLOWED_DOMAINS', 'https://login.contoso.com'],
    ['PUBLIC_ORIGIN', 'https://contoso.com/path'],
    ['WEBHOOK_SECRETS', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['WEBHOOK_SECRETS', Buffer.alloc(24).toString('base64')],
    ['WEBHOOK_ALLOWED_ORIGINS', 'https://eventgrid.azure.net'],
    ['OKTA_TEST_ORIGINS', 'contoso.invalid'],
    ['ENTRA_TENANT_ID', 'contoso.onmicrosoft.com'],
    ['AzureWebJobsStorage', 'nonsense'],
    [
      'AzureWebJobsStorage',
      'TableEndpoint=https://c.table.core.windows.net;SharedAccessSignature=sv',
    ],
    ['WEBHOOK_SECRETS', '@Microsoft.KeyVault(VaultName=contoso;SecretName=webhook)'],
    ['AzureWebJobsStorage', '@Microsoft.KeyVault(VaultName=contoso;SecretName=storage)'],
  ])('%s = %s stops the app with the name of the setting', (name, value) => {
    expect(() => readConfig({ ...least, [name]: value })).toThrow(new RegExp(`Setting ${name}`));
  });

  it('name the allowed values, and never the given value', () => {
    const attempt = () => readConfig({ ...least, BACKFILL_PARALLEL_SLICES: 'four' });
    expect(attempt).toThrow('a whole number from 1 to 16');
    expect(attempt).not.toThrow('four');
  });

  it('allow neither test origins nor open access outside of development', () => {
    const testing = { ...least, OKTA_TEST_ORIGINS: 'http://127.0.0.1:9443' };
    expect(() => readConfig(testing)).toThrow(ConfigError);
    expect(() => readConfig({ ...least, AUTH_MODE: 'none' })).toThrow(ConfigError);
    const local = { ...testing, AUTH_MODE: 'none', AZURE_FUNCTIONS_ENVIRONMENT: 'Development' };
    expect(readConfig(local)).toMatchObject({ isDevelopment: true, authMode: 'none' });
  });

  it('refuse entra while the platform does not sign callers in', () => {
    expect(() => readConfig({ ...least, AUTH_MODE: 'entra' })).toThrow('WEBSITE_AUTH_ENABLED');
    const behind = { ...least, AUTH_MODE: 'entra', WEBSITE_AUTH_ENABLED: 'True' };
    expect(readConfig(behind).authMode).toBe('entra');
  });

  it('access another storage account by identity', () => {
    const config = readConfig({
      ...least,
      CONNECTOR_STORAGE: 'ConnectorStorage',
      ConnectorStorage__accountName: 'contoso',
    });
    expect(config.storage).toMatchObject({
      kind: 'identity',
      tableUrl: 'https://contoso.table.core.windows.net',
      queueUrl: 'https://contoso.queue.core.windows.net',
    });
  });

  describe('for storage by identity', () => {
    const uri = (service: string, end = '') =>
      `https://contoso.${service}.core.usgovcloudapi.net${end}`;
    const byUri = {
      ...least,
      AzureWebJobsStorage: undefined,
      AzureWebJobsStorage__tableServiceUri: uri('table'),
      AzureWebJobsStorage__queueServiceUri: uri('queue', '/'),
      AzureWebJobsStorage__blobServiceUri: uri('blob', '/'),
    };

    it('accept service URLs of any cloud, with or without a trailing slash', () => {
      expect(readConfig(byUri).storage).toEqual({
        kind: 'identity',
        tableUrl: uri('table'),
        queueUrl: uri('queue'),
        blobUrl: uri('blob'),
      });
    });

    it.each([
      ['AzureWebJobsStorage__blobServiceUri', undefined],
      ['AzureWebJobsStorage__queueServiceUri', 'http://contoso.queue.core.windows.net'],
      ['AzureWebJobsStorage__queueServiceUri', 'https://contoso.queue.core.windows.net/poll'],
      ['AzureWebJobsStorage__tableServiceUri', 'https://contoso.table.core.windows.net/?sv=1'],
      ['AzureWebJobsStorage__tableServiceUri', 'contoso'],
    ])('refuse %s = %s by its name', (name, value) => {
      expect(() => readConfig({ ...byUri, [name]: value })).toThrow(name);
    });

    it('name no account of the public cloud together with a vault of another cloud', () => {
      const name = 'AzureWebJobsStorage__accountName';
      const settings = { ...least, AzureWebJobsStorage: undefined, [name]: 'contoso' };
      expect(readConfig(settings).storage.kind).toBe('identity');
      for (const KEY_VAULT_URL of ['https://c.vault.usgovcloudapi.net', 'https://c.vault.azure.cn'])
        expect(() => readConfig({ ...settings, KEY_VAULT_URL })).toThrow(name);
    });

    it('prefer a connection string, like the host', () => {
      const both = { ...byUri, AzureWebJobsStorage: least.AzureWebJobsStorage };
      expect(readConfig(both).storage.kind).toBe('connectionString');
    });

    it('give storage and vault the user-assigned identity that either setting names', () => {
      const AZURE_CLIENT_ID = 'client-of-the-app';
      expect(readConfig(byUri).identityClientId).toBeUndefined();
      expect(readConfig({ ...least, AZURE_CLIENT_ID }).identityClientId).toBe(AZURE_CLIENT_ID);
      const named = { ...byUri, AZURE_CLIENT_ID, AzureWebJobsStorage__clientId: 'of-storage' };
      expect(readConfig(named).identityClientId).toBe('of-storage');
    });
  });

  it("name the tenants by the app's setting, or by that of App Service", () => {
    const [ours, platforms] = [1, 2].map((n) => `${n}0000000-0000-0000-0000-000000000000`);
    const WEBSITE_AUTH_AAD_ALLOWED_TENANTS = platforms;
    expect(readConfig(least).entraTenantIds).toBeUndefined();
    expect(readConfig({ ...least, WEBSITE_AUTH_AAD_ALLOWED_TENANTS }).entraTenantIds).toEqual([
      platforms,
    ]);
    const both = { ...least, WEBSITE_AUTH_AAD_ALLOWED_TENANTS, ENTRA_TENANT_ID: ours };
    expect(readConfig(both).entraTenantIds).toEqual([ours]);
  });

  it('build links on the public origin', () => {
    const hosted = { ...least, WEBSITE_HOSTNAME: 'contoso.azurewebsites.net' };
    expect(readConfig(hosted).publicOrigin).toBe('https://contoso.azurewebsites.net');
    expect(readConfig({ ...least, WEBSITE_HOSTNAME: 'localhost:7071' }).publicOrigin).toBe(
      'http://localhost:7071',
    );
    expect(readConfig({ ...hosted, PUBLIC_ORIGIN: 'https://okta.contoso.com' }).publicOrigin).toBe(
      'https://okta.contoso.com',
    );
  });
});
