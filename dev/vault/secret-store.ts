/**
 * The secrets of the local vault: a file for each name, readable by the user only, and replaced
 * atomically, so that a kill in mid-write never damages it.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as z from 'zod';

const secretVersion = z.object({
  version: z.string(),
  value: z.string(),
  enabled: z.boolean(),
  contentType: z.string().exactOptional(),
  tags: z.record(z.string(), z.string()).exactOptional(),
  /** Unix seconds, as on the wire. */
  created: z.number(),
  updated: z.number(),
  nbf: z.number().nullable().exactOptional(),
  exp: z.number().nullable().exactOptional(),
});

const secret = z.object({
  name: z.string(),
  /** Oldest first. */
  versions: z.array(secretVersion),
  /** Unix seconds; present while soft-deleted. */
  deletedDate: z.number().exactOptional(),
});

export type SecretVersion = z.infer<typeof secretVersion>;
export type Secret = z.infer<typeof secret>;

export class SecretStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.chmodSync(folder, 0o700);
  }

  /** Names are case-insensitive (docs/azure.md, "Names of secrets"). Throws for an invalid file. */
  get(name: string): Secret | undefined {
    const file = this.#file(name);
    return fs.existsSync(file)
      ? secret.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
      : undefined;
  }

  /** Skips invalid files. */
  list(): Secret[] {
    return this.#names()
      .map((name) => (this.#isReadable(name) ? this.get(name) : undefined))
      .filter((secret) => secret !== undefined);
  }

  /** The invalid files: truncated, or changed by hand. */
  unreadableFiles(): string[] {
    return this.#names()
      .filter((name) => !this.#isReadable(name))
      .map((name) => this.#file(name));
  }

  #names(): string[] {
    const files = fs.readdirSync(this.#folder).filter((file) => file.endsWith('.json'));
    return files.map((file) => file.slice(0, -'.json'.length));
  }

  #isReadable(name: string): boolean {
    try {
      this.get(name);
      return true;
    } catch {
      return false;
    }
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
