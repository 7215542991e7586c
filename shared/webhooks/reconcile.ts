/** Finishes interrupted deliveries, and deletes expired ones. */
import type { OutOfTime } from '../clock.ts';
import type { Deps } from '../deps.ts';
import type { OpenDelivery } from '../storage/deliveries.ts';
import { DAY_MS } from '../time.ts';

/**
 * A repeated delivery is recognised for at least seven days (docs/contract.md, "Same delivery
 * again").
 */
const KEEP_MS = 8 * DAY_MS;
/**
 * A sender whose request was interrupted before its credential was stored can retry within this time.
 * Afterwards no request can store it: functions time out earlier.
 */
const RELEASE_AFTER_MS = 15 * 60_000;
const LEFT_BEHIND_AFTER_MS = 60_000;

type ReconcileDeps = Pick<Deps, 'storageClock' | 'deliveries' | 'vault' | 'workQueue'>;

/** A failed delivery does not stop the others. */
export async function reconcileDeliveries(
  deps: ReconcileDeps,
  outOfTime: OutOfTime,
  failed: (what: string, error: unknown) => void,
): Promise<void> {
  for await (const open of deps.deliveries.open()) {
    try {
      await reconcileDelivery(deps, open);
    } catch (error) {
      failed(open.indexKey, error);
    }
  }
  await deps.deliveries.forgetBefore(deps.storageClock.nowMs() - KEEP_MS, outOfTime);
}

async function reconcileDelivery(
  { storageClock, deliveries, vault, workQueue }: ReconcileDeps,
  open: OpenDelivery,
): Promise<void> {
  const { deliveryKey, secretName } = open;
  const stored = await deliveries.get(deliveryKey);
  if (stored && deliveries.isOf(open, stored)) {
    const { state, receivedAtMs } = stored.delivery;
    const ageMs = storageClock.nowMs() - receivedAtMs;
    if (state === 'recorded') {
      if (ageMs > LEFT_BEHIND_AFTER_MS) await workQueue.send({ kind: 'delivery', deliveryKey });
      return;
    }
    if (state === 'receiving') {
      if (ageMs <= RELEASE_AFTER_MS) return;
      // The sender got no reply: its retry is a new delivery, with its own secret.
      if (!(await deliveries.release(stored))) return;
    }
  }
  // The secret after the row: a row that names the secret guarantees that it exists.
  if (secretName) await vault.remove(secretName);
  await deliveries.close(open);
}
