/**
 * A worker of a backfill without its orchestration: plans, reads and waits until the backfill ends.
 */
import { planBackfill } from '../shared/backfill/plan.ts';
import { ingestSlice } from '../shared/backfill/slice-run.ts';
import type { Deps } from '../shared/deps.ts';

export async function workBackfill(deps: Deps, connectorId: string, worker: number): Promise<void> {
  const ref = { connectorId, generation: 'g1', backfillId: '0001', worker, attempt: 0 };
  for (;;) {
    const plan = await planBackfill(deps, ref);
    if (plan.state === 'over') return;
    const { sliceKey, openSlices } = plan;
    const { waitSeconds } =
      sliceKey === undefined ? plan : await ingestSlice(deps, { ...ref, sliceKey, openSlices });
    await deps.clock.sleep(waitSeconds * 1000);
  }
}
