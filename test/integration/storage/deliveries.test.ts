import { TableClient } from '@azure/data-tables';
import { beforeAll, describe, expect, it } from 'vitest';
import { AzureTable } from '../../../shared/storage/azure-table.ts';
import { Deliveries, type Delivery, deliveryKey } from '../../../shared/storage/deliveries.ts';
import { newStorageAccount } from '../../support/storage-account.ts';

let deliveries: Deliveries;

beforeAll(async () => {
  const client = TableClient.fromConnectionString(await newStorageAccount(), 'deliveries', {
    allowInsecureConnection: true,
  });
  deliveries = new Deliveries(new AzureTable(client));
});

const RECEIVED = Date.parse('2026-11-23T12:00:00.000Z');
const aDelivery = (change: Partial<Delivery> = {}): Delivery => ({
  caller: 'webhook.portal',
  connectorId: 'contoso',
  type: 'connector.update',
  sentAtMs: RECEIVED,
  receivedAtMs: RECEIVED,
  contentHash: 'x',
  body: { id: 'contoso' },
  secretName: 'delivery-secret',
  state: 'recorded',
  attempts: 0,
  ...change,
});
const recorded = async (id: string, change: Partial<Delivery> = {}) => {
  const key = deliveryKey('webhook.portal', id);
  expect(await deliveries.create(key, aDelivery(change))).toBe(true);
  const stored = await deliveries.get(key);
  if (!stored) throw new Error('not stored');
  return stored;
};
const open = async () => await Array.fromAsync(deliveries.open());

describe('a delivery in the table', () => {
  it('is open until its credential is deleted, and known until its row is deleted', async () => {
    const stored = await recorded('one');
    expect(await deliveries.create(stored.key, stored.delivery)).toBe(false);
    expect(await open()).toMatchObject([
      { deliveryKey: stored.key, secretName: 'delivery-secret' },
    ]);
    expect(await deliveries.finish(stored, 'ok')).toBe(true);
    expect(await deliveries.finish(stored, 'late')).toBe(false);
    expect(await open()).toHaveLength(1);
    await deliveries.close(deliveries.openEntry(stored));
    expect(await open()).toEqual([]);
    await deliveries.forgetBefore(RECEIVED, () => false);
    expect((await deliveries.get(stored.key))?.delivery.result).toBe('ok');
    await deliveries.forgetBefore(RECEIVED + 1, () => false);
    expect(await deliveries.get(stored.key)).toBeUndefined();
  });

  it('is released only unchanged, and its entry does not block the next delivery', async () => {
    const stored = await recorded('two', { state: 'receiving' });
    await deliveries.replace(stored, { ...stored.delivery, state: 'recorded' });
    expect(await deliveries.release(stored)).toBe(false);
    const now = await deliveries.get(stored.key);
    expect(now && (await deliveries.release(now))).toBe(true);
    const again = await recorded('two', { receivedAtMs: RECEIVED + 1 });
    const entries = await open();
    expect(entries.map((entry) => deliveries.isOf(entry, again))).toEqual([false, true]);
  });
});
