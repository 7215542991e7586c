/**
 * Numbers that depend on nothing but a seed, an index and a purpose. The demo org's history is
 * computed from them again at each start instead of being stored.
 */

/** What a stream is for, so that two uses of one event's index never share numbers. */
export const PURPOSE = { time: 1, delay: 2, text: 3, reply: 4, catalogue: 5, org: 6 } as const;
export type Purpose = (typeof PURPOSE)[keyof typeof PURPOSE];

/** MurmurHash3's 32-bit finaliser: a bijection, so distinct inputs stay distinct. */
export function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A stream of numbers (splitmix32) that can be pointed at any index without allocating. */
export class Dice {
  #base: number;
  #state: number;

  constructor(seed: number, purpose: Purpose) {
    this.#base = mix32(seed ^ mix32(purpose));
    this.#state = this.#base;
  }

  /** Points the stream at the start of `index`'s numbers. */
  at(index: number): this {
    this.#state = mix32(this.#base ^ mix32(index));
    return this;
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return mix32(this.#state);
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.fraction() * count);
  }

  /** A number from 0 (included) to 1 (excluded). */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** `length` characters as Okta's ids have them. */
  id(length: number): string {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    let text = '';
    while (text.length < length) text += alphabet[this.below(62)];
    return text;
  }
}
