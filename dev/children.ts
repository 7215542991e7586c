/** Child processes of the local stack: ready when they say so, ended with us. */
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
  /** The last lines it printed. */
  lastLines(): string;
  stop(): Promise<void>;
}

interface ChildOptions {
  name: string;
  env: Record<string, string | undefined>;
  cwd?: string;
  /** Taken until the child is gone, also when this process is killed before it. */
  dataDir: string;
  /** Everything it prints is kept in this file of the data directory's logs. */
  logFile: string;
  /** Called with each line that speaks of trouble. */
  trouble?: (line: string) => void;
}

interface ForkOptions {
  env: Record<string, string | undefined>;
  cwd?: string;
  dataDir: string | undefined;
}

/** Forks an entry that ends when its channel to us closes, and that holds the data directory if one is given. */
export function forkChild(
  entry: string,
  args: string[],
  { env, cwd, dataDir }: ForkOptions,
): ChildProcess {
  const held = dataDir === undefined ? {} : { CHILDREN_LOCK_FILE: childrenLock(dataDir) };
  const child = fork(entry, args, {
    cwd,
    env: { ...env, ...held },
    execArgv: dataDir === undefined ? [] : ['--import', HOLD_DATA_DIR],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: Ctrl-C in a terminal reaches us alone, and we stop our children in order.
    detached: true,
  });
  child.on('message', (message) => {
    if (message === HELD) child.send('go on');
  });
  return child;
}

/** Forks one of our own entries; resolves when it sends `{ready: url}`. */
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

/** Runs a program that knows nothing of us, with all processes that it starts; it is not waited for. */
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
