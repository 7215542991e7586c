/**
 * The secrets of the local vault: one file a name, readable by the user only, replaced as a whole so
 * that a kill in mid-write never tears one.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export interface SecretVersion {
  version: string;
  value: string;
  enabled: boolean;
  contentType?: string;
  tags?: Record<string, string>;
  /** Unix seconds, as on the wire. */
  created: number;
  updated: number;
  nbf?: number;
  exp?: number;
}

export interface Secret {
  name: string;
  /** Oldest first. */
  versions: SecretVersion[];
  /** Unix seconds; present while soft-deleted. */
  deletedDate?: number;
}

export class SecretStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.chmodSync(folder, 0o700);
  }

  /** Names are case-insensitive (docs/azure.md, "Names of secrets"). */
  get(name: string): Secret | undefined {
    try {
      return JSON.parse(fs.readFileSync(this.#file(name), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  list(): Secret[] {
    return fs
      .readdirSync(this.#folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => this.get(file.slice(0, -'.json'.length)))
      .filter((secret) => secret !== undefined);
  }

  put(secret: Secret): void {
    const file = this.#file(secret.name);
    const draft = `${file}.${randomBytes(6).toString('hex')}`;
    const handle = fs.openSync(draft, 'w', 0o600);
    fs.writeSync(handle, JSON.stringify(secret));
    fs.fsyncSync(handle);
    fs.closeSync(handle);
    fs.renameSync(draft, file);
  }

  remove(name: string): void {
    fs.rmSync(this.#file(name), { force: true });
  }

  #file(name: string): string {
    return path.join(this.#folder, `${name.toLowerCase()}.json`);
  }
}
