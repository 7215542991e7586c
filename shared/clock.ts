import { setTimeout as delay } from 'node:timers/promises';

/** Time as the product's logic sees it; simulated in tests. */
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
