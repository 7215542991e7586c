import { expect, it } from 'vitest';
import { pauseMs } from '../../../portal/api/pause.ts';
import { NOW } from '../../support/samples.ts';

const USUAL_MS = 5_000;
const failingFor = (ms: number) =>
  pauseMs({ error: new Error(), errorUpdatedAt: NOW, dataUpdatedAt: NOW - ms }, USUAL_MS);

it('the page asks at its usual pace while calls succeed, or have failed for a moment only', () => {
  const succeeded = { error: null, errorUpdatedAt: 0, dataUpdatedAt: NOW };
  expect(pauseMs(succeeded, USUAL_MS)).toBe(USUAL_MS);
  expect(failingFor(1_000)).toBe(USUAL_MS);
});

it('less and less often while calls fail, at least once a minute', () => {
  expect(failingFor(30_000)).toBe(15_000);
  expect(failingFor(3_600_000)).toBe(60_000);
});

it('at its usual pace before the first success', () => {
  expect(pauseMs({ error: new Error(), errorUpdatedAt: NOW, dataUpdatedAt: 0 }, USUAL_MS)).toBe(
    USUAL_MS,
  );
});
