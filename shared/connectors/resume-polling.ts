/** After Okta has said yes: nothing stands in the way of polling any more, and it is due now. */
import type { Connector } from '../storage/connectors.ts';
import type { ManageParts } from './change-request.ts';

export async function wake(
  { status, storageClock, pollQueue }: Pick<ManageParts, 'status' | 'storageClock' | 'pollQueue'>,
  connector: Connector,
): Promise<void> {
  const nowMs = storageClock.nowMs();
  await status.merge(connector, {
    dueAtMs: nowMs,
    verifiedAtMs: nowMs,
    verifiedVersion: connector.secretVersion,
    liveError: null,
    backfillError: null,
    deliveryError: null,
  });
  await pollQueue.send({ connectorId: connector.id });
}
