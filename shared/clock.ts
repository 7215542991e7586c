import { setTimeout as delay } from 'node:timers/promises';

/** The port for time; simulated in tests. */
export interface Clock {
  /** Milliseconds since the epoch, by this computer. */
  nowMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** True once this process is stopping: every time budget then counts as spent. */
  isStopping?(): boolean;
}

let isStopping = false;

/** Called when the process stops: bounded work ends at its next step and leaves the rest. */
export function endTimeBudgets(): void {
  isStopping = true;
}

export const systemClock: Clock = {
  isStopping: () => isStopping,
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};

/** True once bounded work has spent its time budget. The work then stops and leaves the rest. */
export type OutOfTime = () => boolean;

/** True after `budgetMs` from now. */
export function timeBudget(
  { nowMs, isStopping = () => false }: Pick<Clock, 'nowMs' | 'isStopping'>,
  budgetMs: number,
): OutOfTime {
  const stopAtMs = nowMs() + budgetMs;
  return () => isStopping() || nowMs() >= stopAtMs;
}
