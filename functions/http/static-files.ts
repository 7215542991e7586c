/**
 * Static files of a web page, held in memory (docs/portal.md, "Serving"). A request selects an entry of
 * a map; no file path is ever built from it.
 */
import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HttpResponseInit } from '@azure/functions';
import { type Encoding, encodingFor } from './compressed.ts';
import type { Incoming } from './incoming.ts';

const INDEX = 'index.html';
const ENCODINGS: [Encoding, string][] = [
  ['br', '.br'],
  ['gzip', '.gz'],
];
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};
/** A name with the hash of its content, such as `portal.ABCD2345.js`. */
const HASHED = /\.[A-Z0-9]{8}\.\w+$/;

/** The content of each file by its name; compressed forms have `.br` or `.gz` appended. */
export type StaticFiles = ReadonlyMap<string, Buffer>;

/** All files of a folder, without its subfolders. */
export async function readStaticFiles(folder: string): Promise<StaticFiles> {
  const names = await readdir(folder);
  const read = async (name: string) => [name, await readFile(path.join(folder, name))] as const;
  return new Map(await Promise.all(names.map(read)));
}

/**
 * The file of this name. A name without a dot is a view of the page: its document. Anything else is
 * 404.
 */
export function staticReply(
  files: StaticFiles,
  name: string,
  { method, headers }: Pick<Incoming, 'method' | 'headers'>,
): HttpResponseInit {
  const file = name.includes('.') ? name : INDEX;
  const content = files.get(file);
  const type = TYPES[path.extname(file)];
  if (!content || !type) return { status: 404, headers: { 'Cache-Control': 'no-store' } };
  const etag = `"${hash('sha256', content, 'base64url').slice(0, 22)}"`;
  const common = {
    'Content-Type': type,
    'Cache-Control': HASHED.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
    Vary: 'Accept-Encoding',
    ETag: etag,
  };
  if (isKnown(headers.get('if-none-match'), etag)) return { status: 304, headers: common };
  const wanted = encodingFor(headers.get('accept-encoding') ?? '');
  const [encoding, ending] = ENCODINGS.find(([one]) => one === wanted) ?? [];
  const packed = ending && files.get(file + ending);
  return {
    status: 200,
    headers: packed && encoding ? { ...common, 'Content-Encoding': encoding } : common,
    ...(method === 'HEAD' ? {} : { body: packed ?? content }),
  };
}

/** Proxies that compress make a tag weak. */
const isKnown = (given: string | null, etag: string): boolean =>
  (given ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
