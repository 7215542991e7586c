import { randomUUID } from 'node:crypto';

/** Chance as the product's logic sees it; seeded in the simulation, so that a run replays exactly. */
export interface Chance {
  /** An id that nobody else gives. */
  uuid(): string;
  /** From 0 up to, not including, 1: spreads what would else happen all at once. */
  random(): number;
}

export const systemChance: Chance = {
  uuid: () => randomUUID(),
  random: () => Math.random(),
};
