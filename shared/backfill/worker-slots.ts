/** Computes how many workers a backfill has, and how many of them may read in parallel now. */
import type { Deps } from '../deps.ts';
import type { Connector } from '../storage/connectors.ts';
import type { Slots } from './choose-slice.ts';
import { parallelSlices } from './slice-plan.ts';

export async function workerSlots(
  { status, config, storageClock }: Pick<Deps, 'status' | 'config' | 'storageClock'>,
  connector: Connector,
): Promise<Slots> {
  const { limit, concurrencyLimitedUntilMs = 0 } = await status.rate(connector);
  const started = parallelSlices(config.backfillParallelSlices, limit);
  const isLimited = started > 1 && concurrencyLimitedUntilMs > storageClock.nowMs();
  return { started, reading: isLimited ? started - 1 : started };
}
