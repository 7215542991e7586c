import { expect, it } from 'vitest';
import { simulate } from './simulate.ts';

it('a seed replays exactly', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const [once, again] = [await simulate(seed), await simulate(seed)];
    expect(again).toEqual(once);
  }
});
