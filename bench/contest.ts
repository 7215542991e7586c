/** The two sides of the contest, each started in a process of its own by `measure.ts`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startAzurite } from '../dev/azurite.ts';

export interface Task {
  contestant: 'ours' | 'plain' | 'ceiling' | 'idle';
  events: number;
  /** What Okta takes for a page. */
  latencyMs?: number;
}

export interface Outcome {
  events: number;
  seconds: number;
  /** Of the ingesting process, from its first request to its last write. */
  cpuSeconds: number;
  peakMegabytes: number;
  /** Requests for the log that Okta answered. */
  requests: number;
}

/** Everything fresh for each: a table service in memory, an org, a process. */
export async function contest(task: Task): Promise<Outcome> {
  const azurite = await startAzurite();
  const org = await startChild('org.ts', { events: task.events, latencyMs: task.latencyMs ?? 0 });
  try {
    const { connectionString } = azurite;
    const runner = await startChild('contestant.ts', {
      ...task,
      connectionString,
      origin: org.ready,
    });
    const result = (await runner.next()) as Omit<Outcome, 'requests'>;
    await runner.stop();
    org.child.send('stats');
    const { requests } = (await org.next()) as { requests: number };
    return { ...result, requests };
  } finally {
    await org.stop();
    await azurite.stop();
  }
}

async function startChild(file: string, input: object) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [JSON.stringify(input)], { execArgv: ['--expose-gc'] });
  const exited = once(child, 'exit');
  const next = async (): Promise<unknown> => {
    const ended = exited.then(([code]) => {
      throw new Error(`${file} ended with ${code}`);
    });
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message;
  };
  const { ready } = (await next()) as { ready: string };
  return {
    child,
    ready,
    next,
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}
