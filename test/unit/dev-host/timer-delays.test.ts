import { expect, it } from 'vitest';
import { TimerDelays } from '../../../dev/host/durable/timer-delays.ts';

const drawn = (seed: number) => {
  const delays = new TimerDelays(seed);
  return Array.from({ length: 200 }, () => delays.delayMs(60_000) - 60_000);
};

it('timers end between one second early and nine seconds late, repeatably for each seed', () => {
  const off = drawn(7);
  expect(Math.min(...off)).toBeGreaterThanOrEqual(-1000);
  expect(Math.min(...off)).toBeLessThan(0);
  expect(Math.max(...off)).toBeGreaterThan(5000);
  expect(Math.max(...off)).toBeLessThanOrEqual(9000);
  expect(drawn(7)).toEqual(off);
});
