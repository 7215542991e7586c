/**
 * Schedules concurrent runners by a seed: every step at a port waits for its turn, every sleep for
 * its time. A kill removes all runners of a process: effects that took place remain, pending steps
 * never take effect.
 */
import { setImmediate as macrotask } from 'node:timers/promises';
import type { Dice } from '../../dev/demo-org/dice.ts';

/** The runners that a kill removes together. */
export interface Process {
  alive: boolean;
}

interface Waiting {
  process: Process;
  goOn(): void;
}

type Sleeping = Waiting & { atMs: number };

/** The approximate duration of a step at a port. */
const LONGEST_STEP_MS = 20;
/** Usually waiting steps run first; sometimes time passes before them. */
const SLEEPER_FIRST = 30;
/** Some steps take longer, so that other runners advance in between; a few exceed every lease. */
const STALL_ONCE_IN = 60;
const LONGEST_STALL_MS = 3_000;
const LONG_STALL_ONCE_IN = 40;
const LONG_STALL_MS = 150_000;

export class Scheduler {
  nowMs: number;
  /** A digest of all choices: equal for equal runs. */
  trace = 0;
  /** Whether steps may take long. */
  stalls = false;
  readonly #dice: Dice;
  #runners = new Set<Process>();
  #waiting: Waiting[] = [];
  #sleeping: Sleeping[] = [];

  constructor(dice: Dice, startMs: number) {
    this.#dice = dice;
    this.nowMs = startMs;
  }

  /** A step of a runner; never resolves after the death of its process. */
  step(process: Process): Promise<void> {
    if (this.stalls && this.#dice.below(STALL_ONCE_IN) === 0) {
      const isLong = this.#dice.below(LONG_STALL_ONCE_IN) === 0;
      return this.sleep(process, isLong ? LONG_STALL_MS : this.#dice.below(LONGEST_STALL_MS));
    }
    return new Promise((goOn) => {
      if (process.alive) this.#waiting.push({ process, goOn });
    });
  }

  /** Rejects with the signal's reason when the signal aborts first. */
  sleep(process: Process, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((goOn, reject) => {
      if (!process.alive) return;
      if (signal?.aborted) return reject(signal.reason);
      const sleeping = { process, goOn, atMs: this.nowMs + Math.ceil(Math.max(0, ms)) };
      this.#sleeping.push(sleeping);
      signal?.addEventListener('abort', () => {
        this.#sleeping = this.#sleeping.filter((one) => one !== sleeping);
        reject(signal.reason);
      });
    });
  }

  /** Starts a runner in a process. The runner handles its own result. */
  start(process: Process, work: () => Promise<unknown>): void {
    const runner = Object.create(process) as Process;
    this.#runners.add(runner);
    const over = () => this.#runners.delete(runner);
    work().then(over, over);
  }

  /** Runs a single task to its end. */
  async toEnd<T>(process: Process, work: () => Promise<T>): Promise<T> {
    let ended: PromiseSettledResult<T> | undefined;
    this.start(process, async () => {
      [ended] = await Promise.allSettled([work()]);
    });
    await this.run();
    if (ended?.status !== 'fulfilled') throw ended?.reason;
    return ended.value;
  }

  kill(process: Process): void {
    process.alive = false;
    for (const runner of this.#runners) if (!runner.alive) this.#runners.delete(runner);
    this.#waiting = this.#waiting.filter((one) => one.process.alive);
    this.#sleeping = this.#sleeping.filter((one) => one.process.alive);
  }

  /** Runs steps until all runners have ended. `afterStep` may kill a process. */
  async run(afterStep: (taken: number) => void = () => {}): Promise<void> {
    for (let taken = 1; ; taken++) {
      // Runners continue up to their next port first: the choice is then among all waiting steps.
      if (this.#waiting.length === 0) await macrotask();
      else await Promise.resolve();
      if (this.#runners.size === 0) return;
      this.#choose()();
      afterStep(taken);
    }
  }

  #choose(): () => void {
    const [waiting, sleeping] = [this.#waiting.length, this.#sleeping.length];
    this.trace = (Math.imul(this.trace, 31) + waiting * 64 + sleeping + this.nowMs) | 0;
    const first = this.#sleeping.reduce<Sleeping | undefined>(
      (one, other) => (one && one.atMs <= other.atMs ? one : other),
      undefined,
    );
    const wakes =
      waiting === 0 ||
      (first && (first.atMs <= this.nowMs || this.#dice.below(SLEEPER_FIRST) === 0));
    if (first && wakes) {
      this.#sleeping = this.#sleeping.filter((one) => one !== first);
      this.nowMs = Math.max(this.nowMs, first.atMs);
      return first.goOn;
    }
    this.nowMs += this.#dice.below(LONGEST_STEP_MS);
    const index = this.#dice.below(waiting);
    const chosen = this.#waiting[index];
    const last = this.#waiting.pop();
    if (!chosen || !last) throw new Error('somebody waits for nothing of ours');
    if (chosen !== last) this.#waiting[index] = last;
    return chosen.goOn;
  }
}
