import { randomBytes, randomUUID } from 'node:crypto';

/** The port for randomness; seeded in the simulation, so that a run replays exactly. */
export interface Chance {
  uuid(): string;
  /** 256 random bits as text, for a secret. */
  secret(): string;
  /** From 0 (inclusive) to 1 (exclusive): spreads retries that would otherwise coincide. */
  random(): number;
}

export const systemChance: Chance = {
  uuid: () => randomUUID(),
  secret: () => randomBytes(32).toString('base64url'),
  random: () => Math.random(),
};
