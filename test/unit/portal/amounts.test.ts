import { expect, it } from 'vitest';
import { counted, duration, percent } from '../../../portal/words/amounts.ts';

it.each([
  [0, '0 s'],
  [-3, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [3599, '59 min'],
  [3600, '1 h'],
  [5400, '1 h 30 min'],
  [36_000 + 1800, '10 h'],
  [172_799, '47 h'],
  [172_800, '2 d'],
])('%d seconds are shown as %s', (seconds, text) => {
  expect(duration(seconds).replaceAll('\u00a0', ' ')).toBe(text);
});

it('a number has its noun, and its thousands', () => {
  expect(counted(1, 'event')).toBe('1 event');
  expect(counted(2000, 'event')).toBe('2,000 events');
});

it('only what is complete is 100 %', () => {
  expect(percent(99.99)).toBe('99.9\u00a0%');
  expect(percent(100)).toBe('100\u00a0%');
  expect(percent(0)).toBe('0.0\u00a0%');
});
