/** Child processes of the local stack: ready when they say so, ended with us. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { StartError } from './data-dir.ts';

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
  /** Everything it prints is kept here. */
  logFile: string;
  /** Called with each line that speaks of trouble. */
  trouble?: (line: string) => void;
}

/** Forks one of our own entries; resolves when it sends `{ready: url}`. */
export async function startChild(
  entry: string,
  args: string[],
  options: ChildOptions,
): Promise<Child> {
  const child = fork(entry, args, {
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: Ctrl-C in a terminal reaches us alone, and we stop our children in order.
    detached: true,
  });
  const ready = once(child, 'message').then(([message]) => String(message.ready));
  return await whenReady(child, ready, options);
}

/** Runs a program; resolves when it prints something that matches. */
export async function startProgram(
  command: string,
  args: string[],
  url: string,
  readyWhen: RegExp,
  options: ChildOptions,
): Promise<Child> {
  const child = spawn(command, args, { env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (readyWhen.test(chunk.toString())) resolve(url);
    });
    child.once('error', () =>
      reject(new StartError(`"${command}" was not found. Install it, or leave out --core-tools.`)),
    );
  });
  return await whenReady(child, ready, options);
}

async function whenReady(
  child: ChildProcess,
  ready: Promise<string>,
  { name, logFile, trouble }: ChildOptions,
): Promise<Child> {
  const file = fs.createWriteStream(logFile, { flags: 'a' });
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
