import { randomUUID } from 'node:crypto';

/** The port for randomness; seeded in the simulation, so that a run replays exactly. */
export interface Chance {
  uuid(): string;
  /** From 0 (inclusive) to 1 (exclusive): spreads retries that would otherwise coincide. */
  random(): number;
}

export const systemChance: Chance = {
  uuid: () => randomUUID(),
  random: () => Math.random(),
};
