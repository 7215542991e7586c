/** A contestant's turn, with a new org, a new table service and its own process. */
import { startAzurite } from '../dev/azurite.ts';
import { startChild } from './children.ts';
import type { Measured } from './contest-input.ts';

export interface Task {
  contestant: 'ours' | 'plain' | 'ceiling' | 'idle' | 'isolation';
  events: number;
  /** Okta's time for a page. */
  latencyMs?: number;
}

export interface Outcome extends Measured {
  seconds: number;
  /** CPU time of the ingesting process, from its first request to its last write. */
  cpuSeconds: number;
  peakMegabytes: number;
  /** Answered requests for the log. */
  requests: number;
}

/** The state after a turn. */
export interface Ingested {
  connectionString: string;
  /** The number of events of the org. */
  origin: string;
}

/**
 * Runs a contestant with a table service in memory and an org; `afterwards` can check the result.
 */
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
