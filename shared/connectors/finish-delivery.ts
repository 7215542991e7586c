/** The end of a delivery: nothing of it is to be done any more, and its credential is gone. */
import type { Deps } from '../deps.ts';
import { CONNECTOR_NOT_FOUND } from '../problems.ts';
import { retryOnConflict, settled } from '../retry-on-conflict.ts';

const MAX_ATTEMPTS = 20;

/**
 * The row first, then the credential's own copy: while the row says that it is there, it is. Throws
 * `KEPT_CHANGING` when other workers begin the delivery again every time.
 */
export async function finish(
  { vault, deliveries }: Pick<Deps, 'deliveries' | 'vault'>,
  key: string,
  result: string,
): Promise<void> {
  const finished = await retryOnConflict(MAX_ATTEMPTS, async () => {
    const stored = await deliveries.get(key);
    if (stored?.delivery.state !== 'recorded') return undefined;
    // Another worker may have begun it meanwhile: it is over all the same.
    return (await deliveries.finish(stored, result)) ? stored : 'conflict';
  });
  const stored = settled(finished);
  if (!stored) return;
  const { secretName } = stored.delivery;
  if (secretName) await vault.remove(secretName);
  await deliveries.close(deliveries.openEntry(stored));
}

/**
 * Before a connector is forgotten, whatever was received about it before its delete: one that had been
 * applied, but not been finished, would else bring it back to life.
 */
export async function finishOlder(
  deps: Pick<Deps, 'deliveries' | 'vault' | 'audit' | 'clock'>,
  connectorId: string,
  deletedAtMs: number,
): Promise<void> {
  const { deliveries, audit, clock } = deps;
  for await (const { deliveryKey: key } of deliveries.open()) {
    const stored = await deliveries.get(key);
    if (stored?.delivery.connectorId !== connectorId) continue;
    const { caller, type: action, receivedAtMs, state } = stored.delivery;
    if (receivedAtMs > deletedAtMs || state !== 'recorded') continue;
    const { code } = CONNECTOR_NOT_FOUND;
    const entry = { atMs: clock.nowMs(), caller, action, connectorId };
    await audit.record({ ...entry, result: 'refused', code }, `${key.slice(0, 12)}-deleted`);
    await finish(deps, key, code);
  }
}
