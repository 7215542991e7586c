/**
 * Child processes of the local stack: they report when they are ready, and end with their parent.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { childrenLock, HELD } from './data-dir.ts';
import { StartError } from './start-error.ts';

const HOLD_DATA_DIR = new URL('hold-data-dir.ts', import.meta.url).href;
const PROGRAM_LAUNCHER = fileURLToPath(new URL('program-launcher.ts', import.meta.url));

export interface Child {
  name: string;
  pid: number;
  url: string;
  exited: Promise<number | null>;
  /** The last printed lines. */
  lastLines(): string;
  stop(): Promise<void>;
}

interface ChildOptions {
  name: string;
  env: Record<string, string | undefined>;
  cwd?: string;
  /** A lock that is held until the child has ended, even when this process is killed first. */
  dataDir: string;
  /** The file for its output, in the logs of the data directory. */
  logFile: string;
  /** Called with each line about a warning or an error. */
  trouble?: (line: string) => void;
}

interface ForkOptions {
  env: Record<string, string | undefined>;
  cwd?: string;
  dataDir: string | undefined;
  /** Options of Node itself. */
  nodeOptions?: string[];
}

/**
 * Forks an entry that ends when its IPC channel closes, and that holds the data directory, if
 * given.
 */
export function forkChild(
  entry: string,
  args: string[],
  { env, cwd, dataDir, nodeOptions = [] }: ForkOptions,
): ChildProcess {
  const held = dataDir === undefined ? {} : { CHILDREN_LOCK_FILE: childrenLock(dataDir) };
  const child = fork(entry, args, {
    cwd,
    env: { ...env, ...held },
    execArgv: [...nodeOptions, ...(dataDir === undefined ? [] : ['--import', HOLD_DATA_DIR])],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A separate process group: Ctrl-C reaches only the parent, which stops its children in order.
    detached: true,
  });
  child.on('message', (message) => {
    if (message === HELD) child.send('go on');
  });
  return child;
}

/** Forks an entry of this project; resolves when it sends `{ready: url}`. */
export async function startChild(
  entry: string,
  args: string[],
  options: ChildOptions,
): Promise<Child> {
  const child = forkChild(entry, args, options);
  const ready = new Promise<string>((resolve) => {
    child.on('message', (message: { ready?: string }) => {
      if (message.ready) resolve(message.ready);
    });
  });
  return await whenReady(child, ready, options);
}

/** Runs an external program with all processes that it starts; does not wait until it is ready. */
export async function startProgram(
  command: string[],
  url: string,
  options: ChildOptions,
): Promise<Child> {
  const child = forkChild(PROGRAM_LAUNCHER, command, options);
  return await whenReady(child, Promise.resolve(url), options);
}

async function whenReady(
  child: ChildProcess,
  ready: Promise<string>,
  { name, dataDir, logFile, trouble }: ChildOptions,
): Promise<Child> {
  const file = fs.createWriteStream(path.join(dataDir, 'logs', logFile), { flags: 'a' });
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      file.write(chunk);
      tail = (tail + chunk.toString()).slice(-2000);
      for (const line of chunk.toString().split('\n'))
        if (/^\S+ (warning|error|critical) /.test(line)) trouble?.(line);
    });
  }
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const lastLines = () => tail.trim().split('\n').slice(-5).join('\n');
  const died = exited.then((code) => {
    throw new StartError(lastLines() || `${name} ended at once (exit code ${code})`);
  });
  const url = await Promise.race([ready, died]);
  died.catch(() => {});
  return {
    name,
    pid: child.pid ?? 0,
    url,
    exited,
    lastLines,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
