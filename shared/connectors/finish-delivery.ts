/** Finishes deliveries: no work is left, and the credential is deleted. */
import type { Deps } from '../deps.ts';
import { CONNECTOR_NOT_FOUND } from '../problems.ts';
import { retryOnConflict, settled } from '../retry-on-conflict.ts';

const MAX_ATTEMPTS = 20;

/**
 * Updates the row first, then deletes the delivery's copy of the credential: a row that names the
 * copy guarantees that it exists. Throws `KEPT_CHANGING` when other workers keep beginning the
 * delivery.
 */
export async function finish(
  { vault, deliveries }: Pick<Deps, 'deliveries' | 'vault'>,
  key: string,
  result: string,
): Promise<void> {
  const finished = await retryOnConflict(MAX_ATTEMPTS, async () => {
    const stored = await deliveries.get(key);
    if (stored?.delivery.state !== 'recorded') return undefined;
    // Another worker may have begun the delivery in the meantime: it is finished regardless.
    return (await deliveries.finish(stored, result)) ? stored : 'conflict';
  });
  const stored = settled(finished);
  if (!stored) return;
  const { secretName } = stored.delivery;
  if (secretName) await vault.remove(secretName);
  await deliveries.close(deliveries.openEntry(stored));
}

/**
 * Finishes the deliveries of a connector that were received before its delete, before its row is
 * deleted: a delivery that was applied but not finished would otherwise register it again.
 */
export async function finishOlder(
  deps: Pick<Deps, 'deliveries' | 'vault' | 'audit' | 'clock'>,
  connectorId: string,
  deletedAtMs: number,
): Promise<void> {
  const { deliveries, audit, clock } = deps;
  for await (const open of deliveries.open()) {
    // Both times come from the storage service. The clock of the receiving process may be a second off.
    if (open.recordedAtMs > deletedAtMs) continue;
    const { deliveryKey: key } = open;
    const stored = await deliveries.get(key);
    if (stored?.delivery.connectorId !== connectorId || !deliveries.isOf(open, stored)) continue;
    const { caller, type: action, state } = stored.delivery;
    if (state !== 'recorded') continue;
    const { code } = CONNECTOR_NOT_FOUND;
    const entry = { atMs: clock.nowMs(), caller, action, connectorId };
    await audit.record({ ...entry, result: 'refused', code }, `${key.slice(0, 12)}-deleted`);
    await finish(deps, key, code);
  }
}
