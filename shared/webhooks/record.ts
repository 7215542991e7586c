/**
 * Records a delivery: first its row, then its credential in the vault, then a queue message
 * (docs/contract.md, "Deliveries"). After an interrupted request, the sender's retry continues with the
 * next step.
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

/** Undefined when the delivery is recorded, now or earlier. */
export async function recordDelivery(
  { deliveries, vault, workQueue, storageClock }: Deps,
  caller: string,
  envelope: Envelope,
  operation: Omit<Operation, 'data'>,
): Promise<Problem | undefined> {
  const contentHash = hashOf(envelope);
  if (contentHash === undefined) return TOO_DEEP;
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
    contentHash,
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

/** Deletes a secret that was written again after its row was deleted or processed: no row names it. */
async function removeUnused(
  deliveries: Deliveries,
  vault: Deps['vault'],
  key: string,
  secretName: string,
): Promise<void> {
  const now = (await deliveries.get(key))?.delivery;
  if (now?.state !== 'recorded' || now.secretName !== secretName) await vault.remove(secretName);
}

/** Undefined for data that is nested too deeply to be written again, in a field that is ignored. */
function hashOf({ type, sentAtMs, data }: Envelope): string | undefined {
  try {
    const content = JSON.stringify([type, sentAtMs, data]);
    return createHash('sha256').update(content).digest('base64url');
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const TOO_DEEP: Problem = {
  code: 'InvalidRequest',
  message: 'The data of the delivery is nested too deeply.',
  target: 'data',
  remedy: 'Send {"id": …} and the body of the matching request.',
};

const NOT_RECORDED = storageUnavailable('The delivery could not be recorded.');

const DELIVERY_CONFLICT: Problem = {
  code: 'DeliveryConflict',
  message: 'Another delivery was received with this id.',
  remedy: 'Give every delivery a unique id.',
};
