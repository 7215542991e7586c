/**
 * Virtual time that passes only when every runner waits: minutes of a busy backfill take a moment, with
 * concurrent runners as in production.
 */
import { setImmediate as macrotask } from 'node:timers/promises';
import type { Clock } from '../../shared/clock.ts';

interface Sleeper {
  atMs: number;
  wake(): void;
}

export class VirtualTime implements Clock {
  #nowMs: number;
  #sleepers: Sleeper[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs = (): number => this.#nowMs;

  async sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { atMs: this.#nowMs + Math.max(0, ms), wake: resolve };
    const behind = this.#sleepers.findLastIndex(({ atMs }) => atMs <= sleeper.atMs);
    this.#sleepers.splice(behind + 1, 0, sleeper);
    await promise;
  }

  /** Lets `ms` pass, or less when no runner sleeps. */
  async run(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      // Twice, so that promise chains started in the last turn also reach their next sleep.
      await macrotask();
      await macrotask();
      const next = this.#sleepers[0];
      if (!next || next.atMs > untilMs) break;
      this.#sleepers.shift();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
    this.#nowMs = untilMs;
  }
}
