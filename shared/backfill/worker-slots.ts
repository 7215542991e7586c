/** Computes how many workers a backfill has, and how many of them may read in parallel now. */
import type { Deps } from '../deps.ts';
import type { RateFacts } from '../storage/rate-facts.ts';
import type { Slots } from './choose-slice.ts';
import { parallelSlices } from './slice-plan.ts';

export function workerSlots(
  { config, storageClock }: Pick<Deps, 'config' | 'storageClock'>,
  { limit, concurrencyLimitedUntilMs = 0 }: RateFacts,
): Slots {
  const started = parallelSlices(config.backfillParallelSlices, limit);
  const isLimited = started > 1 && concurrencyLimitedUntilMs > storageClock.nowMs();
  return { started, reading: isLimited ? started - 1 : started };
}
