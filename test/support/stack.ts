/** The local stack as a user starts it, for end-to-end tests. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../dev/ports.ts';
import { type Callers, callersOf } from './calls.ts';
import { checkerFor } from './contract.ts';
import { onCoreTools } from './which-host.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const TOKEN = '00tokenOfTheTests00000000000000000000000000';
/** Two consecutive waits fit into a test's time-out, so a failing wait can report its condition. */
const WAIT_MS = Number(process.env.TEST_WAIT_MS ?? 150_000);
const LONGEST_PAUSE_MS = 1000;

/**
 * Polls until the condition returns a value; an expired wait reports its condition. Each poll costs the
 * host and its storage many requests, so the pause grows to an eighth of the time waited, at most one
 * second.
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined>,
  shortestPauseMs = 200,
  withinMs = WAIT_MS,
): Promise<T> {
  const startedAtMs = performance.now();
  for (;;) {
    const result = await condition();
    if (result !== undefined) return result;
    const waitedMs = performance.now() - startedAtMs;
    if (waitedMs > withinMs) throw new Error(`waited too long for ${what}`);
    await delay(Math.max(shortestPauseMs, Math.min(waitedMs / 8, LONGEST_PAUSE_MS)));
  }
}

export function tempDir(name: string): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`));
}

export interface Org {
  origin: string;
  host: string;
  /** The raw text of every present event of the org. */
  truth(): Promise<string[]>;
  stats(): Promise<{ answered: Record<string, number> }>;
  control(what: string): Promise<void>;
  append(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** A demo org in a separate process, which survives a kill of the stack. */
export async function startOrg(args: string[] = []): Promise<Org> {
  const child = fork(
    path.join(ROOT, 'dev', 'demo-org', 'main.ts'),
    ['--control', '--token', TOKEN, ...args],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const ended = once(child, 'exit').then(() => {
    throw new Error('the demo org ended before it was ready');
  });
  ended.catch(() => {});
  const [{ ready: origin }] = await Promise.race([once(child, 'message'), ended]);
  const door = (what: string, init?: RequestInit) => fetch(`${origin}/__control/${what}`, init);
  return {
    origin,
    host: new URL(origin).host,
    truth: async () => {
      const lines = (await (await door('truth')).text()).split('\n').filter((line) => line);
      return lines.map((line) => JSON.parse(line).raw);
    },
    stats: async () => (await (await door('stats')).json()) as never,
    control: async (what) => void (await door(what)),
    append: async (text) => void (await door('append', { method: 'POST', body: text })),
    stop: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

export interface Stack extends Callers {
  url: string;
  dataDir: string;
  /** The output so far. */
  output(): string;
  /** Stops like Ctrl-C. */
  stop(): Promise<number | null>;
  /** Kills every process at once with SIGKILL. */
  kill(): Promise<void>;
  /** Kills only `npm start` with SIGKILL, without its children. */
  killStartAlone(): Promise<void>;
}

export async function startStack(options: {
  dataDir: string;
  org?: Org;
  args?: string[];
  env?: Record<string, string>;
}): Promise<Stack> {
  const { dataDir, org, args = [], env = {} } = options;
  const child = spawn(
    process.execPath,
    [
      path.join(ROOT, 'dev', 'cli.mjs'),
      ...['--no-build', '--no-demo', '--data-dir', dataDir],
      ...(onCoreTools ? ['--core-tools'] : []),
      ...args,
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PORT: onCoreTools ? String(await freePort()) : '0',
        OKTA_TEST_ORIGINS: org?.origin ?? '',
        // The accounts belong to the test run's own Azurite.
        AZURITE_ACCOUNTS: undefined,
        ...env,
      },
    },
  );
  const output = collect(child);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const url = await until('the ready line', async () => {
    if (child.exitCode !== null) throw new Error(`the stack ended: ${output()}`);
    return /^ready (http:\/\/127\.0\.0\.1:\d+)\//m.exec(output())?.[1];
  });
  return {
    url,
    dataDir,
    output,
    ...callersOf(url, await checkerFor(url)),
    stop: async () => {
      child.kill('SIGTERM');
      return await exited;
    },
    kill: async () => {
      const lock = path.join(dataDir, 'running.json');
      const { children } = JSON.parse(fs.readFileSync(lock, 'utf8'));
      const pids = Object.values<number>(children);
      child.kill('SIGKILL');
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await exited;
      await until('the children to be gone', async () => (pids.some(isAlive) ? undefined : true));
    },
    killStartAlone: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  return () => text;
}

/**
 * Registers the org with the shortest poll interval, so that tests wait less, and returns the reply.
 */
export const register = (
  stack: Pick<Stack, 'call'>,
  id: string,
  org: Pick<Org, 'host'>,
  more: object = {},
) =>
  stack.call('PUT', `/api/connectors/${id}`, {
    domain: org.host,
    credential: { kind: 'apiToken', token: TOKEN },
    pollIntervalSeconds: 10,
    ...more,
  });

/** The status after the backfill has completed and live has caught up. */
export async function settled(stack: Pick<Stack, 'call'>, id: string): Promise<any> {
  let seen: any;
  try {
    return await until('the backfill to finish and live to catch up', async () => {
      seen = (await stack.call('GET', `/api/connectors/${id}/status`)).body;
      return seen?.backfill?.state === 'Succeeded' && seen.live.caughtUp ? seen : undefined;
    });
  } catch (cause) {
    throw new Error(`${(cause as Error).message}: ${JSON.stringify(seen)}`, { cause });
  }
}

/** Polls now, and waits for the expected events. */
export async function polledUntil<T>(
  stack: Pick<Stack, 'call'>,
  id: string,
  what: string,
  condition: () => Promise<T | undefined>,
): Promise<T> {
  let polledAfter: string | null | undefined;
  return await until(what, async () => {
    const found = await condition();
    if (found !== undefined) return found;
    const { body } = await stack.call('GET', `/api/connectors/${id}/status`);
    // Sequential: the next poll is requested after the last poll has run.
    if (body.live?.lastSuccessAt !== polledAfter) {
      polledAfter = body.live?.lastSuccessAt;
      await stack.call('POST', `/api/connectors/${id}/poll`);
    }
    return undefined;
  });
}
