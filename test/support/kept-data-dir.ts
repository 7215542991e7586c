/**
 * A data directory of an earlier version, kept in one file together with the events of its orgs
 * (test/fixtures/README.md).
 */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { unzipSync, zipSync } from 'fflate';

/** Azurite's tables. */
export const TABLES_FILE = path.join('azurite', '__azurite_db_table__.json');
const ORGS_FILE = 'orgs.json';
/** All files of a directory that its version needs again; the vault makes itself a new certificate. */
const KEPT = /^(?:azurite\/.+|vault\/secrets\/.+|vault\/identity-token|okta-connector-data\.txt)$/;

export interface KeptEvent {
  text: string;
  /** Absent for an entry that is no event. */
  publishedMs?: number;
  persistedAtMs: number;
}

export interface KeptOrg {
  connectorId: string;
  backfillDays: number;
  orgId: string;
  longestPage: number;
  /** In this order: the cursors of the connector are positions in it. */
  events: KeptEvent[];
}

export interface KeptOrgs {
  /** When its processes were killed. */
  keptAtMs: number;
  bornAtMs: number;
  /** `host` is the address in the rows of the directory. */
  orgs: (KeptOrg & { host: string })[];
}

/** An org that holds only the events that are appended to it. */
export const keptOrgOptions = (
  { orgId, longestPage }: KeptOrg,
  bornAtMs: number,
  token: string,
) => ({
  seed: 1,
  bornAtMs,
  events: 0,
  days: 1,
  trickleEventsPerMinute: 0,
  orgId,
  longestPage,
  tokens: [token],
});

export function pack(dataDir: string, file: URL, orgs: KeptOrgs): void {
  const files: Record<string, Uint8Array> = { [ORGS_FILE]: Buffer.from(JSON.stringify(orgs)) };
  for (const entry of fs.readdirSync(dataDir, { recursive: true, withFileTypes: true })) {
    const absolute = path.join(entry.parentPath, entry.name);
    const name = path.relative(dataDir, absolute).replaceAll(path.sep, '/');
    if (entry.isFile() && KEPT.test(name)) files[name] = fs.readFileSync(absolute);
  }
  // Events are in it twice: the window must cover the whole file.
  const params = {
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_QUALITY]: 11,
  };
  fs.writeFileSync(file, brotliCompressSync(zipSync(files, { level: 0 }), { params }));
}

export function unpack(file: URL, dataDir: string): KeptOrgs {
  const files = unzipSync(brotliDecompressSync(fs.readFileSync(file)));
  for (const [name, bytes] of Object.entries(files)) {
    if (name === ORGS_FILE) continue;
    const target = path.join(dataDir, name);
    fs.mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
    fs.writeFileSync(target, bytes, { mode: 0o600 });
  }
  return JSON.parse(Buffer.from(files[ORGS_FILE] ?? []).toString());
}

/** Gives an org another address in the rows, of the same length: its old port may be in use. */
export function moveOrg(dataDir: string, from: string, to: string): void {
  const database = new DatabaseSync(path.join(dataDir, TABLES_FILE));
  database.prepare('UPDATE docs SET json = replace(json, ?, ?)').run(from, to);
  database.close();
}
