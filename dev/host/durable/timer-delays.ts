/**
 * The delays of durable timers (docs/azure.md, "Durable timers"). Queue time-outs have whole seconds,
 * so timers end up to a second early. With a seed, timers end at random between one second early and
 * nine seconds late.
 */
import { type Dice, diceOf } from '../../demo-org/dice.ts';

const EARLIEST_MS = -1_000;
const SPREAD_MS = 10_000;

export class TimerDelays {
  readonly #dice: Dice | undefined;

  constructor(seed: number | undefined) {
    this.#dice = seed === undefined ? undefined : diceOf(seed);
  }

  /** The delay of a timer that is due in `askedMs`. */
  delayMs(askedMs: number): number {
    return this.#dice ? askedMs + EARLIEST_MS + this.#dice.next() * SPREAD_MS : askedMs;
  }
}
