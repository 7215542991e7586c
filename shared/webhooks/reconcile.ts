/** Brings deliveries forward that were left behind, and forgets them after their time. */
import { forgetCredential, type WorkParts } from './work.ts';

/** A delivery is the same one again for at least seven days (api.md §6.3). */
const KEEP_MS = 8 * 86_400_000;
/**
 * A sender that was cut off before its credential was stored has this long to try again. By then no
 * request that could still store it is left: functions time out earlier.
 */
const RELEASE_AFTER_MS = 15 * 60_000;
const LEFT_BEHIND_AFTER_MS = 60_000;

export async function reconcileDeliveries(parts: WorkParts): Promise<void> {
  const nowMs = parts.storageClock.nowMs();
  for await (const stored of parts.deliveries.list()) {
    const { state, secretName } = stored.delivery;
    const ageMs = nowMs - stored.storedAtMs;
    if (state === 'recorded' && ageMs > LEFT_BEHIND_AFTER_MS) {
      await parts.workQueue.send({ kind: 'delivery', deliveryKey: stored.key });
    } else if (state === 'receiving' && ageMs > RELEASE_AFTER_MS) {
      // Its sender has no answer: what it sends again is a new delivery.
      if (secretName) await parts.vault.remove(secretName);
      await parts.deliveries.remove(stored);
    } else if (state === 'done' && secretName) {
      await forgetCredential(parts, stored);
    } else if (state === 'done' && ageMs > KEEP_MS) {
      await parts.deliveries.remove(stored);
    }
  }
}
