/**
 * When durable timers end (docs/azure.md, "Durable timers"): whole seconds of a queue's time-out, so up
 * to a second early; and, where a seed is given, anywhere from a second early to nine seconds late.
 */
import { type Dice, diceOf } from '../../demo-org/dice.ts';

const EARLIEST_MS = -1_000;
const SPREAD_MS = 10_000;

export class TimerDelays {
  readonly #dice: Dice | undefined;

  constructor(seed: number | undefined) {
    this.#dice = seed === undefined ? undefined : diceOf(seed);
  }

  /** `askedMs` from now. */
  delayMs(askedMs: number): number {
    return this.#dice ? askedMs + EARLIEST_MS + this.#dice.next() * SPREAD_MS : askedMs;
  }
}
