/** A repeatable random generator (mulberry32), seeded by whole numbers. */

export interface Dice {
  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** A whole number from 0 (inclusive) to `below` (exclusive). */
  below(below: number): number;
  pick<T>(list: readonly T[]): T;
  hex(digits: number): string;
}

const HEX_DIGITS = '0123456789abcdef';

export function diceOf(...seeds: number[]): Dice {
  let state = 0x9e3779b9;
  for (const seed of seeds) state = Math.imul(state ^ (seed | 0), 0x85ebca6b) ^ (state >>> 13);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (list) => list[below(list.length)] as never,
    hex: (digits) => {
      let text = '';
      while (text.length < digits) text += HEX_DIGITS[below(16)];
      return text;
    },
  };
}
