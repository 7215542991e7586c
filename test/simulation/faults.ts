/**
 * Faults, and counts of everything that happened: a simulation without deletes would prove nothing
 * about them.
 */
import type { Dice } from '../../dev/demo-org/dice.ts';

/**
 * The fault of a call at a port. `twice`: the reply was lost, and the client sent the call again.
 * `late`: the write takes effect after its client has given up.
 */
export type Disturbance = 'none' | 'before' | 'after' | 'twice' | 'late';
export type Port = 'tables' | 'blobs' | 'vault' | 'queue' | 'orchestrations';

/** Ports other than the tables have few calls, so their calls fail more often. */
const SELDOM_USED = 4;

/** Counts of the events of a world; and, on request, the events in order. */
export class Tally {
  readonly counts = new Map<string, number>();
  readonly #tell: ((line: string) => void) | undefined;

  constructor(tell?: (line: string) => void) {
    this.#tell = tell;
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    this.#tell?.(what);
  }

  /** Only for display. */
  note(what: () => string): void {
    this.#tell?.(what());
  }
}

/** The rate of faults for each thousand calls; zero without faults. */
export class Faults {
  perMille = 0;
  /** Ends all faults. */
  over = false;
  readonly #dice: Dice;
  readonly #tally: Tally;

  constructor(dice: Dice, tally: Tally) {
    this.#dice = dice;
    this.#tally = tally;
  }

  /** The fault of a write. */
  ofChange(port: Port): Disturbance {
    if (!this.#happens(port)) return 'none';
    const disturbance = this.#dice.pick(['before', 'after', 'twice', 'late'] as const);
    this.#tally.count(`fault: ${port} ${disturbance}`);
    return disturbance;
  }

  /** The fault of a read. */
  ofRead(port: Port): boolean {
    if (!this.#happens(port)) return false;
    this.#tally.count(`fault: ${port} read`);
    return true;
  }

  /** True once in `n` calls, independent of the rate of faults. */
  onceIn(times: number, what: string): boolean {
    if (this.over || this.#dice.below(times) > 0) return false;
    this.#tally.count(`fault: ${what}`);
    return true;
  }

  #happens(port: Port): boolean {
    const perMille = port === 'tables' ? this.perMille : this.perMille * SELDOM_USED;
    return !this.over && perMille > 0 && this.#dice.below(1000) < perMille;
  }
}

/**
 * Calls `change` with its fault. `failure` is the adapter's error; `afterwards` runs a late write
 * after the client has given up.
 */
export async function disturbed<T>(
  disturbance: Disturbance,
  change: () => Promise<T>,
  failure: () => Error,
  afterwards: (change: () => Promise<unknown>) => void,
): Promise<T> {
  if (disturbance === 'late') afterwards(change);
  if (disturbance === 'before' || disturbance === 'late') throw failure();
  const result = await change();
  if (disturbance === 'after') throw failure();
  return disturbance === 'twice' ? await change() : result;
}
