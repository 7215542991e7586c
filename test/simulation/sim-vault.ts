/** A Key Vault below the product's own adapter: names, versions, soft delete. */
import type { SecretClient } from '@azure/keyvault-secrets';
import { KeyVault } from '../../shared/vault/key-vault.ts';
import type { TokenVault } from '../../shared/vault/vault.ts';
import { disturbed } from './faults.ts';
import type { Line } from './sim-table.ts';

/** A secret's name: letters, digits and hyphens only. */
const NAME = /^[0-9a-zA-Z-]{1,127}$/;

interface Secret {
  versions: Map<string, string>;
  latest: string;
  deleted: boolean;
}

class Refused extends Error {
  readonly statusCode: number;

  constructor(statusCode: number) {
    super(`the vault of the simulation answers ${statusCode}`);
    this.statusCode = statusCode;
  }
}

export class SimVault {
  /** All values, by version. */
  readonly everything = new Map<string, string>();
  readonly #secrets = new Map<string, Secret>();
  #versions = 0;

  /** The present secrets, by name, without deleted ones. */
  live(): string[] {
    return [...this.#secrets].filter(([, { deleted }]) => !deleted).map(([name]) => name);
  }

  valueOf(name: string, version: string | undefined): string | undefined {
    const secret = this.#secrets.get(name);
    return secret && !secret.deleted ? secret.versions.get(version ?? '') : undefined;
  }

  /** The adapter of one process, with its cache. */
  reachedBy({ step, faults, afterwards }: Line): TokenVault {
    const read = async <T>(work: () => T): Promise<T> => {
      await step();
      if (faults.ofRead('vault')) throw new Refused(503);
      return work();
    };
    const change = async <T>(name: string, work: () => T): Promise<T> => {
      await step();
      if (!NAME.test(name)) throw new Refused(400);
      const refused = () => new Refused(503);
      return await disturbed(faults.ofChange('vault'), async () => work(), refused, afterwards);
    };
    const client = {
      setSecret: (name: string, value: string) => change(name, () => this.#set(name, value)),
      getSecret: (name: string, options?: { version: string }) =>
        read(() => this.#get(name, options?.version)),
      beginDeleteSecret: (name: string) => change(name, () => this.#delete(name)),
      beginRecoverDeletedSecret: async (name: string) => {
        await change(name, () => this.#recover(name));
        return { pollUntilDone: step };
      },
    };
    return new KeyVault(client as unknown as SecretClient);
  }

  #set(name: string, value: string) {
    const secret = this.#secrets.get(name) ?? { versions: new Map(), latest: '', deleted: false };
    if (secret.deleted) throw new Refused(409);
    secret.latest = `v${++this.#versions}`;
    secret.versions.set(secret.latest, value);
    this.everything.set(secret.latest, value);
    this.#secrets.set(name, secret);
    return { properties: { version: secret.latest } };
  }

  #get(name: string, asked?: string) {
    const secret = this.#secrets.get(name);
    const version = asked ?? secret?.latest;
    const value = secret?.versions.get(version ?? '');
    if (!secret || secret.deleted || value === undefined) throw new Refused(404);
    return { value, properties: { version } };
  }

  #delete(name: string): void {
    const secret = this.#secrets.get(name);
    if (!secret || secret.deleted) throw new Refused(404);
    secret.deleted = true;
  }

  #recover(name: string): void {
    const secret = this.#secrets.get(name);
    if (!secret) throw new Refused(404);
    secret.deleted = false;
  }
}
