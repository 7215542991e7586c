import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { certificateIn } from '../../../dev/vault/certificate.ts';
import { type LocalVault, startVault } from '../../../dev/vault/server.ts';
import { ProblemError } from '../../../shared/errors.ts';
import { Token } from '../../../shared/token.ts';
import { KeyVault } from '../../../shared/vault/key-vault.ts';
import { createSecretClient } from '../../../shared/vault/secret-client.ts';
import { startProxy, type Verdict } from '../../support/proxy.ts';

const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'vault-'));
let local: LocalVault;
let client: SecretClient;
let vault: KeyVault;

beforeAll(async () => {
  local = await startVault({ dataDir });
  connect();
});
afterEach(() => local.fail(0, 0));
afterAll(async () => {
  vi.unstubAllEnvs();
  await local.close();
  fs.rmSync(dataDir, { recursive: true });
});

/** The real clients, as in production except for the trusted certificate. */
function connect(url = local.url): void {
  vi.stubEnv('IDENTITY_ENDPOINT', local.identity.endpoint);
  vi.stubEnv('IDENTITY_HEADER', local.identity.header);
  client = createSecretClient(url, new ManagedIdentityCredential(), {
    disableChallengeResourceVerification: true,
    tlsOptions: { ca: fs.readFileSync(local.certificateFile, 'utf8') },
    retryOptions: { maxRetries: 0 },
  });
  vault = new KeyVault(client);
}

describe('the vault', () => {
  it('returns the requested version', async () => {
    const first = await vault.set('okta-a', new Token('one'));
    const second = await vault.set('okta-a', new Token('two'));
    connect();
    expect((await vault.get('okta-a', first))?.reveal()).toBe('one');
    expect((await vault.get('okta-a', second))?.reveal()).toBe('two');
    expect(await vault.latestVersion('okta-a')).toBe(second);
  });

  it('keeps its secrets across a restart, readable only by the user', async () => {
    const version = await vault.set('okta-kept', new Token('kept'));
    await local.close();
    local = await startVault({ dataDir });
    connect();
    expect((await vault.get('okta-kept', version))?.reveal()).toBe('kept');
    const file = path.join(dataDir, 'vault', 'secrets', 'okta-kept.json');
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  });

  it('recovers a soft-deleted name before it is set again', async () => {
    await vault.set('okta-back', new Token('before'));
    await vault.remove('okta-back');
    expect(await vault.latestVersion('okta-back')).toBeUndefined();
    const version = await vault.set('okta-back', new Token('after'));
    connect();
    expect((await vault.get('okta-back', version))?.reveal()).toBe('after');
  }, 20_000);

  it('returns nothing for an unknown name, an unknown version or a disabled version', async () => {
    const version = await vault.set('okta-off', new Token('off'));
    await client.updateSecretProperties('okta-off', version, { enabled: false });
    connect();
    expect(await vault.get('okta-none', 'a'.repeat(32))).toBeUndefined();
    expect(await vault.get('okta-off', 'a'.repeat(32))).toBeUndefined();
    expect(await vault.get('okta-off', version)).toBeUndefined();
  });

  it('stores two concurrent secrets, even when the reply to the very first request is late', async () => {
    const proxy = await startProxy(local.url, await certificateIn(path.join(dataDir, 'vault')));
    let requests = 0;
    proxy.watcher = {
      after: async (): Promise<Verdict> => {
        if (++requests === 1) await new Promise((resolve) => setTimeout(resolve, 300));
        return 'pass';
      },
    };
    connect(proxy.url);
    const names = ['okta-one', 'okta-two'];
    const versions = await Promise.all(names.map((name) => vault.set(name, new Token(name))));
    connect();
    for (const [n, name] of names.entries())
      expect((await vault.get(name, versions[n] ?? ''))?.reveal()).toBe(name);
    await proxy.close();
  });

  it('accepts the removal of a missing secret', async () => {
    await expect(vault.remove('okta-never')).resolves.toBeUndefined();
  });

  it.each([403, 429, 500])('reports VaultUnavailable when the vault answers %i', async (status) => {
    local.fail(status, 9);
    const failure = await vault.set('okta-b', new Token('secret-text')).catch((error) => error);
    expect(failure).toBeInstanceOf(ProblemError);
    expect(failure.problem).toMatchObject({ code: 'VaultUnavailable' });
    expect(JSON.stringify(failure.problem)).not.toContain('secret-text');
  });

  it('refuses callers that the identity endpoint does not know', async () => {
    const stranger = new SecretClient(
      local.url,
      { getToken: async () => ({ token: 'made-up', expiresOnTimestamp: Date.now() + 60_000 }) },
      {
        disableChallengeResourceVerification: true,
        tlsOptions: { ca: fs.readFileSync(local.certificateFile, 'utf8') },
      },
    );
    await expect(stranger.getSecret('okta-a')).rejects.toMatchObject({ statusCode: 401 });
  });
});
