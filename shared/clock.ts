import { setTimeout as delay } from 'node:timers/promises';

/** The port for time; simulated in tests. */
export interface Clock {
  /** Milliseconds since the epoch, by this computer. */
  nowMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};

/**
 * True once a bounded piece of work has used up its time budget: it then stops and leaves the rest.
 */
export type OutOfTime = () => boolean;

/** True after `budgetMs` from now. */
export function timeBudget({ nowMs }: Pick<Clock, 'nowMs'>, budgetMs: number): OutOfTime {
  const stopAtMs = nowMs() + budgetMs;
  return () => nowMs() >= stopAtMs;
}
