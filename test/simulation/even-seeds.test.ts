/** The other half of the seeds (see odd-seeds.test.ts). */
import { it } from 'vitest';
import { expectPromiseKept, seedsOf } from './share.ts';

const seeds = seedsOf('even');

it(`the promise is kept under ${seeds.length} even seeds`, async () => {
  await expectPromiseKept(seeds);
});
