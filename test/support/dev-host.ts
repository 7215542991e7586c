/** The development host as a process, running an app of the tests. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { inject } from 'vitest';
import { ROOT } from './stack.ts';

export interface Host {
  url: string;
  /** A call of the durable client; throws its error. */
  durable(verb: string, id: string, body?: object): Promise<any>;
  stop(): Promise<number | null>;
  kill(): Promise<void>;
  /** Kills only the worker; the host starts a new worker. */
  killWorker(): Promise<void>;
}

export async function startHost(
  app: string,
  connectionString: string,
  env: Record<string, string> = {},
): Promise<Host> {
  const child: ChildProcess = fork(inject('developmentHost'), ['--root', path.join(ROOT, app)], {
    env: { ...process.env, PORT: '0', AzureWebJobsStorage: connectionString, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const ended = exited.then((code) => {
    throw new Error(`the host ended with ${code}`);
  });
  ended.catch(() => {});
  const [{ ready: url }] = await Promise.race([once(child, 'message'), ended]);
  return {
    url,
    durable: async (verb, id, body = {}) => {
      const reply = await fetch(`${url}/durable/${verb}/${id}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      const { result, error } = (await reply.json()) as { result?: any; error?: string };
      if (error !== undefined) throw new Error(error);
      return result;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return await exited;
    },
    killWorker: async () => {
      child.send('kill worker');
      await once(child, 'message');
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
