/** The `TokenVault` port on Azure Key Vault. */
import type { SecretClient } from '@azure/keyvault-secrets';
import { systemClock } from '../clock.ts';
import { ProblemError } from '../errors.ts';
import { DAY_MS } from '../time.ts';
import { Token } from '../token.ts';
import type { TokenVault } from './vault.ts';

/**
 * How long a version is cached. A version never changes, but can be disabled or deleted: to stop the use
 * of a token at once, disable its connector.
 */
const CACHE_MS = DAY_MS;

export class KeyVault implements TokenVault {
  readonly #client: SecretClient;
  readonly #cache = new Map<string, { token: Token; readAtMs: number }>();

  constructor(client: SecretClient) {
    this.#client = client;
  }

  async set(name: string, token: Token): Promise<string> {
    return await use(async () => {
      const secret = await this.#setRecovering(name, token);
      const version = secret.properties.version ?? '';
      this.#cache.set(`${name}/${version}`, { token, readAtMs: systemClock.nowMs() });
      return version;
    });
  }

  async get(name: string, version: string): Promise<Token | undefined> {
    const cached = this.#cache.get(`${name}/${version}`);
    if (cached && systemClock.nowMs() - cached.readAtMs < CACHE_MS) return cached.token;
    return await use(async () => {
      try {
        const secret = await this.#client.getSecret(name, { version });
        const token = new Token(secret.value ?? '');
        this.#cache.set(`${name}/${version}`, { token, readAtMs: systemClock.nowMs() });
        return token;
      } catch (error) {
        if (statusOf(error) !== 404 && !isDisabled(error)) throw error;
        this.#cache.delete(`${name}/${version}`);
        return undefined;
      }
    });
  }

  async latestVersion(name: string): Promise<string | undefined> {
    return await use(async () => {
      try {
        return (await this.#client.getSecret(name)).properties.version;
      } catch (error) {
        if (statusOf(error) !== 404 && !isDisabled(error)) throw error;
        return undefined;
      }
    });
  }

  async remove(name: string): Promise<void> {
    for (const key of this.#cache.keys()) if (key.startsWith(`${name}/`)) this.#cache.delete(key);
    await use(async () => {
      try {
        await this.#client.beginDeleteSecret(name);
      } catch (error) {
        if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
      }
    });
  }

  /** A soft-deleted name cannot be set until it is recovered (docs/azure.md, "Deleted secrets"). */
  async #setRecovering(name: string, token: Token) {
    try {
      return await this.#client.setSecret(name, token.reveal());
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
      const recovery = await this.#client.beginRecoverDeletedSecret(name);
      await recovery.pollUntilDone();
      return await this.#client.setSecret(name, token.reveal());
    }
  }
}

/** The status of the SDK's `RestError`. */
const statusOf = (error: unknown) =>
  error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;

const isDisabled = (error: unknown) =>
  statusOf(error) === 403 && error instanceof Error && error.message.includes('disabled secret');

async function use<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const answer = statusOf(cause) ?? 'no answer';
    const message = `Key Vault did not do what was asked (${answer}).`;
    const remedy =
      'Try again in some seconds. If it stays, check that the Key Vault can be reached from this app, and that its identity may get, set, delete and recover secrets there.';
    throw new ProblemError(
      { code: 'VaultUnavailable', message, remedy, retryAfterSeconds: 5 },
      { cause },
    );
  }
}
