/** The clients of Azure's SDK use the same proxy rules as requests to Okta. */
import { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readProxy, sdkEnvironment } from '../../../shared/proxy.ts';
import { type BlockingProxy, startBlockingProxy } from '../../support/blocking-proxy.ts';
import { newStorageAccount } from '../../support/storage-account.ts';

let proxy: BlockingProxy;

beforeAll(async () => {
  proxy = await startBlockingProxy();
  const read = readProxy({ https_proxy: proxy.url, no_proxy: 'near.example' });
  if ('refused' in read) throw new Error('refused');
  for (const [name, value] of Object.entries(sdkEnvironment(read.proxy))) vi.stubEnv(name, value);
});
afterAll(() => {
  vi.unstubAllEnvs();
  proxy?.close();
});

/** Sends a request to a vault of this name, which does not exist. */
async function askVault(host: string): Promise<void> {
  const credential = { getToken: async () => ({ token: 'any', expiresOnTimestamp: 9e15 }) };
  const client = new SecretClient(`https://${host}`, credential, {
    retryOptions: { maxRetries: 0 },
  });
  await client.getSecret('any').catch(() => {});
}

it('storage and identity on this computer are reached without the proxy', async () => {
  const options = { allowInsecureConnection: true };
  const table = TableClient.fromConnectionString(await newStorageAccount(), 'any', options);
  await table.createTable();
  vi.stubEnv('IDENTITY_ENDPOINT', 'http://127.0.0.1:1/msi/token');
  vi.stubEnv('IDENTITY_HEADER', 'any');
  const identity = new ManagedIdentityCredential({ retryOptions: { maxRetries: 0 } });
  await expect(identity.getToken('https://vault.azure.net/.default')).rejects.toThrow();
  expect(proxy.asked).toEqual([]);
});

it('a vault elsewhere is reached through the proxy, and a vault of NO_PROXY without it', async () => {
  await askVault('vault.near.example');
  await askVault('near.example');
  expect(proxy.asked).toEqual([]);
  await askVault('contoso.vault.azure.net');
  expect(proxy.asked).toEqual(['contoso.vault.azure.net:443']);
});
