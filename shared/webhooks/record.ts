/**
 * Takes a delivery: its row first, then its credential into the vault, then its work into the queue
 * (docs/contract.md, "Deliveries"). A sender whose request was cut off in between sends it again
 * and it goes on.
 */
import { createHash } from 'node:crypto';
import type { Deps } from '../deps.ts';
import type { Problem } from '../errors.ts';
import { retryOnConflict } from '../retry-on-conflict.ts';
import { type Deliveries, type Delivery, deliveryKey } from '../storage/deliveries.ts';
import { storageUnavailable } from '../storage/unavailable.ts';
import type { Envelope } from './envelope.ts';
import type { Operation } from './operation.ts';

const MAX_ATTEMPTS = 5;

/** Undefined when it is recorded, now or before. */
export async function recordDelivery(
  { deliveries, vault, workQueue, storageClock }: Deps,
  caller: string,
  envelope: Envelope,
  operation: Omit<Operation, 'data'>,
): Promise<Problem | undefined> {
  const key = deliveryKey(caller, envelope.deliveryId);
  const receivedAtMs = storageClock.nowMs();
  const { type, connectorId, body, token } = operation;
  const fresh: Delivery = {
    caller,
    connectorId,
    type,
    body,
    sentAtMs: envelope.sentAtMs,
    receivedAtMs,
    contentHash: hashOf(envelope),
    state: token ? 'receiving' : 'recorded',
    attempts: 0,
    ...(token ? { secretName: `delivery-${key}-${receivedAtMs}` } : {}),
  };
  const result = await retryOnConflict(MAX_ATTEMPTS, async () => {
    await deliveries.create(key, fresh);
    const stored = await deliveries.get(key);
    if (!stored) return 'conflict';
    const { delivery } = stored;
    if (delivery.contentHash !== fresh.contentHash) return DELIVERY_CONFLICT;
    if (delivery.state === 'done') return undefined;
    if (delivery.state === 'receiving' && token && delivery.secretName) {
      const secretVersion = await vault.set(delivery.secretName, token);
      const recorded: Delivery = { ...delivery, secretVersion, state: 'recorded' };
      if (!(await deliveries.replace(stored, recorded))) {
        await removeUnused(deliveries, vault, key, delivery.secretName);
        return 'conflict';
      }
    }
    await workQueue.send({ kind: 'delivery', deliveryKey: key });
    return undefined;
  });
  return result === 'conflict' ? NOT_RECORDED : result;
}

/** The row was released, or worked on, while its secret was written once more: nobody knows of it. */
async function removeUnused(
  deliveries: Deliveries,
  vault: Deps['vault'],
  key: string,
  secretName: string,
): Promise<void> {
  const now = (await deliveries.get(key))?.delivery;
  if (now?.state !== 'recorded' || now.secretName !== secretName) await vault.remove(secretName);
}

const hashOf = ({ type, sentAtMs, data }: Envelope): string =>
  createHash('sha256')
    .update(JSON.stringify([type, sentAtMs, data]))
    .digest('base64url');

const NOT_RECORDED = storageUnavailable('The delivery could not be recorded.');

const DELIVERY_CONFLICT: Problem = {
  code: 'DeliveryConflict',
  message: 'Another delivery came under this id before.',
  remedy: 'Give every delivery an id of its own.',
};
