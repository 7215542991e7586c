/**
 * The promise (docs/architecture.md, "The promise") under a seeded scheduler: everything that
 * happens to connectors, side by side, with every port failing and processes dying at any step. A
 * failing seed replays exactly: `npm run simulate -- --seed S --seeds 1 --show` tells every effect
 * in order.
 */
import { expect, it } from 'vitest';
import { expectPromiseKept, seedsOf } from './share.ts';
import { simulate } from './simulate.ts';

const seeds = seedsOf('odd');

it(`the promise is kept under ${seeds.length} odd seeds`, async () => {
  await expectPromiseKept(seeds);
});

it('a seed replays exactly', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const [once, again] = [await simulate(seed), await simulate(seed)];
    expect(again).toEqual(once);
  }
});
