/**
 * Decides, by a seed, which of several runners goes on: every step at one of our ports waits for its
 * turn. A kill forgets whoever waits, as the death of a process does: what took effect has taken
 * effect, what had not never will.
 */
import { setImmediate as macrotask } from 'node:timers/promises';
import type { Dice } from '../../dev/demo-org/dice.ts';

export class Scheduler {
  readonly #dice: Dice;
  #waiting: (() => void)[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** One step of some runner; never resolves for one that was killed meanwhile. */
  step = (): Promise<void> =>
    new Promise((resolve) => {
      this.#waiting.push(resolve);
    });

  /** Lets one runner, and whatever it starts, go on to its end. Throws what it throws. */
  async toEnd<T>(runner: Promise<T>): Promise<T> {
    await this.run([runner]);
    return await runner;
  }

  /** Lets the runners take steps until all have ended, well or not, or after `steps` kills them all. */
  async run(runners: Promise<unknown>[], steps = Number.POSITIVE_INFINITY): Promise<void> {
    let running = true;
    const ended = Promise.allSettled(runners).then(() => {
      running = false;
    });
    for (let taken = 0; taken < steps; taken++) {
      // Whoever can go on without a port does so first: the choice is then among all that wait.
      if (this.#waiting.length === 0) await macrotask();
      if (!running) return await ended;
      const [next] = this.#waiting.splice(this.#dice.below(this.#waiting.length), 1);
      next?.();
      await Promise.resolve();
    }
    this.#waiting = [];
  }
}
