import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../shared/config.ts';

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
  ])('%s = %s stops the app with the name of the setting', (name, value) => {
    expect(() => readConfig({ ...least, [name]: value })).toThrow(new RegExp(`Setting ${name}`));
  });

  it('name the allowed values, and never the given value', () => {
    const attempt = () => readConfig({ ...least, BACKFILL_PARALLEL_SLICES: 'four' });
    expect(attempt).toThrow('a whole number from 1 to 16');
    expect(attempt).not.toThrow('four');
  });

  it('allow no test origin and no open door outside of development', () => {
    const testing = { ...least, OKTA_TEST_ORIGINS: 'http://127.0.0.1:9443' };
    expect(() => readConfig(testing)).toThrow(ConfigError);
    expect(() => readConfig({ ...least, AUTH_MODE: 'none' })).toThrow(ConfigError);
    const local = { ...testing, AUTH_MODE: 'none', AZURE_FUNCTIONS_ENVIRONMENT: 'Development' };
    expect(readConfig(local)).toMatchObject({ isDevelopment: true, authMode: 'none' });
  });

  it('refuse entra while nothing in front signs callers in', () => {
    expect(() => readConfig({ ...least, AUTH_MODE: 'entra' })).toThrow('WEBSITE_AUTH_ENABLED');
    const behind = { ...least, AUTH_MODE: 'entra', WEBSITE_AUTH_ENABLED: 'True' };
    expect(readConfig(behind).authMode).toBe('entra');
  });

  it('reach another storage account by identity', () => {
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

  it('make links on the public origin', () => {
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
