import type { Token } from '../../shared/token.ts';
import type { TokenVault } from '../../shared/vault/vault.ts';

/** The `TokenVault` port in memory. */
export class MemoryVault implements TokenVault {
  readonly secrets = new Map<string, Token[]>();

  async set(name: string, token: Token): Promise<string> {
    const versions = [...(this.secrets.get(name) ?? []), token];
    this.secrets.set(name, versions);
    return `v${versions.length}`;
  }

  async get(name: string, version: string): Promise<Token | undefined> {
    return this.secrets.get(name)?.[Number(version.slice(1)) - 1];
  }

  async latestVersion(name: string): Promise<string | undefined> {
    const versions = this.secrets.get(name);
    return versions && `v${versions.length}`;
  }

  async remove(name: string): Promise<void> {
    this.secrets.delete(name);
  }
}
