/**
 * The data directory of the local stack. `npm start` writes only to directories that it made, one
 * `npm start` at a time, after the processes of the last one have ended.
 */
import fs from 'node:fs';
import path from 'node:path';
import { lockWithin, tryLock } from './file-lock.ts';
import { StartError } from './start-error.ts';

/** Marks a directory of the local stack; written before all other files. */
const MARK = 'okta-connector-data.txt';
const MARK_TEXT = `Made by "npm start" of the Okta connector, which keeps its local data here.
"npm start -- --fresh" removes that data; files of yours stay.
`;
/** Held by `npm start`. */
const LOCK = 'start.lock';
/** Held by each of its child processes until it ends. */
const CHILDREN_LOCK = 'children.lock';
/** The running processes, for messages and tests. */
const RUNNING = 'running.json';
/** All data of the local stack, except mark and locks. */
const DATA = [
  'azurite',
  'logs',
  'okta-org.json',
  'okta-org.json.draft',
  'ports.json',
  'ports.json.draft',
  RUNNING,
  'trusted-certificates.pem',
  'vault',
];

/** The time in which children end after a sudden death of their `npm start`. */
const CHILDREN_GONE_WITHIN_MS = 30_000;

/** The message of a child that holds that lock; it continues after any reply. */
export const HELD = 'held';

export const childrenLock = (dir: string): string => path.join(dir, CHILDREN_LOCK);

/** Locks the directory for this process; `fresh` deletes its data first. */
export async function openDataDir(
  dir: string,
  { fresh, tell, childrenGoneWithinMs = CHILDREN_GONE_WITHIN_MS }: OpenOptions,
): Promise<void> {
  try {
    if (!isOurs(dir)) {
      throw new StartError(
        `The directory ${dir} was not made by "npm start" and is not empty: nothing was changed. Choose a new or an empty one with --data-dir.`,
      );
    }
    fs.mkdirSync(dir, { recursive: true });
    fs.accessSync(dir, fs.constants.R_OK | fs.constants.W_OK);
    if (!fs.existsSync(path.join(dir, MARK))) fs.writeFileSync(path.join(dir, MARK), MARK_TEXT);
    await takeAlone(dir, childrenGoneWithinMs, tell);
    if (fresh)
      for (const name of DATA) fs.rmSync(path.join(dir, name), { recursive: true, force: true });
    noteProcesses(dir, {});
    process.on('exit', () => fs.rmSync(path.join(dir, RUNNING), { force: true }));
  } catch (error) {
    if (error instanceof StartError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === 'ERR_SQLITE_ERROR'
        ? `The data directory ${dir} cannot be locked (${message}). Remove its *.lock files, or choose another with --data-dir.`
        : `The data directory ${dir} cannot be written (${code}). Choose another with --data-dir.`,
    );
  }
}

export interface OpenOptions {
  fresh: boolean;
  /** Called with a line for the user before a wait. */
  tell: (line: string) => void;
  childrenGoneWithinMs?: number;
}

/** Whether the directory has the mark, is empty, or does not exist. */
function isOurs(dir: string): boolean {
  if (!fs.existsSync(dir)) return true;
  if (!fs.statSync(dir).isDirectory())
    throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
  const names = fs.readdirSync(dir);
  return names.length === 0 || names.includes(MARK) || isOfEarlierVersion(dir, names);
}

/**
 * Directories of earlier versions have no mark: they hold only known names, including the vault's
 * identity.
 */
function isOfEarlierVersion(dir: string, names: string[]): boolean {
  return (
    names.every((name) => DATA.includes(name)) &&
    names.includes('ports.json') &&
    fs.existsSync(path.join(dir, 'vault', 'identity-token'))
  );
}

async function takeAlone(
  dir: string,
  childrenGoneWithinMs: number,
  tell: OpenOptions['tell'],
): Promise<void> {
  if (!tryLock(path.join(dir, LOCK), 'exclusive')) {
    throw new StartError(
      `The data directory ${dir} is in use by ${holder(dir)}. Stop it, or choose another with --data-dir.`,
    );
  }
  let children = tryLock(childrenLock(dir), 'exclusive');
  if (!children) {
    tell('Waiting for the processes of an earlier "npm start" to end');
    children = await lockWithin(childrenGoneWithinMs, childrenLock(dir), 'exclusive');
  }
  if (!children) {
    throw new StartError(
      `Processes of an earlier "npm start" still use the data directory ${dir} (${leftChildren(dir)}). End them, or choose another with --data-dir.`,
    );
  }
  children.release();
}

interface Running {
  pid: number;
  children: Record<string, number>;
}

/** Records the children of this process. */
export function noteProcesses(dir: string, children: Record<string, number>): void {
  const running: Running = { pid: process.pid, children };
  fs.writeFileSync(path.join(dir, RUNNING), JSON.stringify(running));
}

/** The recorded processes: only for messages, never a proof. */
function noted(dir: string): Partial<Running> {
  try {
    return JSON.parse(fs.readFileSync(path.join(dir, RUNNING), 'utf8')) ?? {};
  } catch {
    return {};
  }
}

const holder = (dir: string) => `process ${noted(dir).pid ?? 'of another "npm start"'}`;

const leftChildren = (dir: string) =>
  Object.entries(noted(dir).children ?? {})
    .map(([name, pid]) => `${name} ${pid}`)
    .join(', ') || 'unknown';
