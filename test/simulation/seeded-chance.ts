/** Chance inside the product comes from the seed as well, so that a failing one replays exactly. */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { Dice } from '../../dev/demo-org/dice.ts';

/** Runs `work` with the ids and the jitter that this dice gives. */
export async function withChance<T>(dice: Dice, work: () => Promise<T>): Promise<T> {
  const { randomUUID } = crypto;
  const { random } = Math;
  crypto.randomUUID = () => `${dice.hex(8)}-${dice.hex(4)}-4${dice.hex(3)}-8000-${dice.hex(12)}`;
  Math.random = dice.next;
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    crypto.randomUUID = randomUUID;
    Math.random = random;
    syncBuiltinESMExports();
  }
}
