/** The clients of Azure's SDK follow the same rule for proxies as requests to Okta. */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readProxy, sdkEnvironment } from '../../../shared/proxy.ts';
import { newStorageAccount } from '../../support/storage-account.ts';

const asked: string[] = [];
const proxy = http.createServer(({ url = '' }, response) => {
  asked.push(url);
  response.writeHead(403).end('Blocked');
});

beforeAll(async () => {
  proxy.on('connect', ({ url = '' }: http.IncomingMessage, socket: net.Socket) => {
    asked.push(url);
    socket.end('HTTP/1.1 403 Blocked\r\n\r\n');
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`;
  const read = readProxy({ https_proxy: url, no_proxy: 'near.example' });
  if ('refused' in read) throw new Error('refused');
  for (const [name, value] of Object.entries(sdkEnvironment(read.proxy))) vi.stubEnv(name, value);
});
afterAll(() => {
  vi.unstubAllEnvs();
  proxy.close();
});

/** The vault of this name is asked; no vault is there. */
async function askVault(host: string): Promise<void> {
  const credential = { getToken: async () => ({ token: 'any', expiresOnTimestamp: 9e15 }) };
  const client = new SecretClient(`https://${host}`, credential, {
    retryOptions: { maxRetries: 0 },
  });
  await client.getSecret('any').catch(() => {});
}

it('storage and identity on this computer are reached without it', async () => {
  const options = { allowInsecureConnection: true };
  const table = TableClient.fromConnectionString(await newStorageAccount(), 'any', options);
  await table.createTable();
  vi.stubEnv('IDENTITY_ENDPOINT', 'http://127.0.0.1:1/msi/token');
  vi.stubEnv('IDENTITY_HEADER', 'any');
  const identity = new ManagedIdentityCredential({ retryOptions: { maxRetries: 0 } });
  await expect(identity.getToken('https://vault.azure.net/.default')).rejects.toThrow();
  expect(asked).toEqual([]);
});

it('a vault elsewhere is reached through it, and one of NO_PROXY is not', async () => {
  await askVault('vault.near.example');
  await askVault('near.example');
  expect(asked).toEqual([]);
  await askVault('contoso.vault.azure.net');
  expect(asked).toEqual(['contoso.vault.azure.net:443']);
});
