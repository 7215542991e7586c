/** A worker of a backfill without its orchestration: plans, reads, waits, until nothing is left. */
import { planBackfill } from '../shared/backfill/plan.ts';
import type { IngestParts } from '../shared/ingest/run.ts';
import { ingestSlice } from '../shared/backfill/slice-run.ts';

export async function workBackfill(
  parts: IngestParts,
  connectorId: string,
  worker: number,
): Promise<void> {
  const ref = { connectorId, generation: 'g1', backfillId: '0001', worker, attempt: 0 };
  for (;;) {
    const plan = await planBackfill(parts, ref);
    if (plan.state === 'over') return;
    const { sliceKey, openSlices } = plan;
    const { waitSeconds } =
      sliceKey === undefined ? plan : await ingestSlice(parts, { ...ref, sliceKey, openSlices });
    await parts.clock.sleep(waitSeconds * 1000);
  }
}
