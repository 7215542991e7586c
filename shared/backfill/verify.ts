/**
 * How a `verify` ends (design §2). Its slices only set aside what was not in the sink. An event that
 * Okta had shown to neither chain when the slice was read is live's to bring; so what is set aside is
 * looked at again once live has caught up later than that, and what is still missing then is stored
 * and counted.
 */
import type { IngestParts } from '../ingest/ingest-parts.ts';
import type { BackfillLedger } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';

/** The chain under which a `verify` sets aside, and stores what was missing. */
export const verifyChain = (backfillId: string): string => `v${backfillId}`;

export async function settleVerify(
  { checkpoints, sink }: Pick<IngestParts, 'checkpoints' | 'sink'>,
  { id: connectorId, generation }: Connector,
  { backfillId, readAtMs = 0 }: BackfillLedger,
): Promise<{ missing: number } | 'waitForLive'> {
  const live = await checkpoints.live(connectorId);
  // Both times are Okta's own, in whole seconds.
  if ((live?.value.caughtUpAtMs ?? 0) <= readAtMs) return 'waitForLive';
  const name = verifyChain(backfillId);
  const missing = await sink.settle({ connectorId, generation, name, source: 'backfill' });
  return { missing };
}
