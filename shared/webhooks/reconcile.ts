/** Brings deliveries forward that were left behind, and forgets them after their time. */
import type { OpenDelivery } from '../storage/deliveries.ts';
import type { WebhookParts } from './record.ts';

/** A delivery is the same one again for at least seven days (api.md §6.3). */
const KEEP_MS = 8 * 86_400_000;
/**
 * A sender that was cut off before its credential was stored has this long to try again. By then no
 * request that could still store it is left: functions time out earlier.
 */
const RELEASE_AFTER_MS = 15 * 60_000;
const LEFT_BEHIND_AFTER_MS = 60_000;

type ReconcileParts = Pick<WebhookParts, 'storageClock' | 'deliveries' | 'vault' | 'workQueue'>;

/** One that fails does not stop the others. */
export async function reconcileDeliveries(
  parts: ReconcileParts,
  isOver: () => boolean,
  failed: (what: string, error: unknown) => void,
): Promise<void> {
  for await (const open of parts.deliveries.open()) {
    try {
      await bringForward(parts, open);
    } catch (error) {
      failed(open.indexKey, error);
    }
  }
  await parts.deliveries.forgetBefore(parts.storageClock.nowMs() - KEEP_MS, isOver);
}

async function bringForward(
  { storageClock, deliveries, vault, workQueue }: ReconcileParts,
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
      // Its sender has no answer: what it sends again is a new delivery, with a secret of its own.
      if (!(await deliveries.release(stored))) return;
    }
  }
  // The secret behind the row: as long as the row says that it is there, it is.
  if (secretName) await vault.remove(secretName);
  await deliveries.close(open);
}
