/** One contestant's turn: everything is fresh for it, and it has a process of its own. */
import { startAzurite } from '../dev/azurite.ts';
import { startChild } from './children.ts';

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

/** What is there after a turn. */
export interface Ingested {
  connectionString: string;
  /** The org's. */
  origin: string;
}

/** Runs it on a table service in memory and an org; `afterwards` may look at what it has written. */
export async function contest(
  task: Task,
  afterwards: (ingested: Ingested) => Promise<void> = async () => {},
): Promise<Outcome> {
  const azurite = await startAzurite();
  const { events, latencyMs = 0 } = task;
  const org = await startChild('org.ts', [JSON.stringify({ events, latencyMs })]);
  try {
    const ingested = { connectionString: azurite.connectionString, origin: org.ready };
    const runner = await startChild('contestant.ts', [JSON.stringify({ ...task, ...ingested })]);
    const result = (await runner.next()) as Omit<Outcome, 'requests'>;
    await runner.stop();
    org.child.send('stats');
    const { requests } = (await org.next()) as { requests: number };
    await afterwards(ingested);
    return { ...result, requests };
  } finally {
    await org.stop();
    await azurite.stop();
  }
}
