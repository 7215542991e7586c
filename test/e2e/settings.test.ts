/** The compiled functions as the host sees them, with valid, minimal and refused settings. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Worker } from '../../dev/host/base/worker.ts';
import { SETTING_NAMES } from '../../shared/config.ts';
import { type Host, startHost } from '../support/dev-host.ts';
import { ROOT } from '../support/stack.ts';
import { newStorageAccount } from '../support/storage-account.ts';

const REQUIRED = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  KEY_VAULT_URL: 'https://contoso.vault.azure.net',
};
const A_LONG_TIME_MS = 600_000;

let worker: Worker | undefined;
let host: Host | undefined;

afterEach(async () => {
  vi.unstubAllEnvs();
  await worker?.close();
  await host?.stop();
  worker = undefined;
  host = undefined;
});

async function loadedWith(settings: Record<string, string>): Promise<Worker> {
  for (const name of SETTING_NAMES) vi.stubEnv(name, settings[name]);
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  worker = await Worker.load(ROOT, A_LONG_TIME_MS);
  return worker;
}

describe('the compiled functions', () => {
  it('need no settings of the host except the required ones', async () => {
    const { functions } = await loadedWith(REQUIRED);
    const bindings = [...functions.values()].flatMap((one) => Object.values(one.bindings));
    expect(bindings.length).toBeGreaterThan(30);
    expect(JSON.stringify(bindings)).not.toContain('%');
    expect(functions.get('poll-timer')?.trigger.schedule).toBe('0 * * * * *');
  });

  it.each([
    ['by a connection string', { AzureWebJobsStorage: 'UseDevelopmentStorage=true' }],
    ['by the name of an account', { AzureWebJobsStorage__accountName: 'contoso' }],
    [
      'by the URLs of a template, which end in a slash',
      {
        AzureWebJobsStorage__tableServiceUri: 'https://contoso.table.core.windows.net/',
        AzureWebJobsStorage__queueServiceUri: 'https://contoso.queue.core.windows.net/',
        AzureWebJobsStorage__blobServiceUri: 'https://contoso.blob.core.windows.net/',
      },
    ],
  ])('are all present with storage %s', async (_, storage) => {
    const { KEY_VAULT_URL } = REQUIRED;
    const { functions } = await loadedWith({ AzureWebJobsStorage: '', KEY_VAULT_URL, ...storage });
    expect(functions.size).toBeGreaterThan(30);
  });

  it('consist only of health when a setting is refused', async () => {
    const { functions } = await loadedWith({ ...REQUIRED, POLL_SCHEDULE: 'every minute' });
    expect([...functions.keys()]).toEqual(['health']);
  });
});

it('health names the refused settings, and never their values', async () => {
  host = await startHost('.', await newStorageAccount(), {
    KEY_VAULT_URL: 'https://contoso.vault.azure.net',
    AUTH_MODE: 'secret-word',
    WEBHOOK_SECRETS: '@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/secrets/s/)',
  });
  const reply = await fetch(`${host.url}/api/health`);
  const text = await reply.text();
  expect(reply.status).toBe(503);
  expect(text).not.toContain('secret-word');
  expect(JSON.parse(text)).toEqual({
    status: 'unavailable',
    checks: [{ name: 'settings', ok: false, settings: ['WEBHOOK_SECRETS'] }],
  });
});
