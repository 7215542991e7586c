/** What goes wrong, and how often anything happened: a simulation that never deletes proves nothing. */
import type { Dice } from '../../dev/demo-org/dice.ts';

/**
 * How a call at a port is disturbed. `twice`: its reply was lost, and the client sent it again. `late`:
 * the client has given up, and the service does it all the same.
 */
export type Disturbance = 'none' | 'before' | 'after' | 'twice' | 'late';
export type Port = 'tables' | 'blobs' | 'vault' | 'queue' | 'orchestrations';

/** All but the tables are called seldom, and so fail more often. */
const SELDOM_USED = 4;

/** How often each thing happened in one world; and what, one after the other, for who asks. */
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

  /** For the eye only. */
  note(what: () => string): void {
    this.#tell?.(what());
  }
}

/** Good weather, or so many calls of a thousand disturbed. */
export class Faults {
  perMille = 0;
  /** Nothing goes wrong any more. */
  over = false;
  readonly #dice: Dice;
  readonly #tally: Tally;

  constructor(dice: Dice, tally: Tally) {
    this.#dice = dice;
    this.#tally = tally;
  }

  /** Of a call that changes something. */
  ofChange(port: Port): Disturbance {
    if (!this.#happens(port)) return 'none';
    const disturbance = this.#dice.pick(['before', 'after', 'twice', 'late'] as const);
    this.#tally.count(`fault: ${port} ${disturbance}`);
    return disturbance;
  }

  /** Of a call that only reads. */
  ofRead(port: Port): boolean {
    if (!this.#happens(port)) return false;
    this.#tally.count(`fault: ${port} read`);
    return true;
  }

  /** Once in so many times, in any weather. */
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
 * Calls `change` as it is disturbed; `failure` is what the adapter would throw, `afterwards` has the
 * service work on when its client has given up.
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
