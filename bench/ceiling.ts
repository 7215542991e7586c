/**
 * The highest rate that the table service accepts from one client: prepared batches, eight at a
 * time.
 */

import { randomUUID } from 'node:crypto';
import { TableClient, type TransactionAction } from '@azure/data-tables';
import { eventText } from '../dev/demo-org/event-text.ts';
import { DAY_MS } from '../shared/time.ts';
import type { ContestInput, Measured } from './contest-input.ts';

const BATCH = 100;
const AT_ONCE = 8;

export async function ceiling({ connectionString, events }: ContestInput) {
  const options = { allowInsecureConnection: true };
  const table = TableClient.fromConnectionString(connectionString, 'ceiling', options);
  await table.createTable();
  const nowMs = Date.now();
  const batches = Array.from({ length: events / BATCH }, (_, n): TransactionAction[] => {
    const publishedMs = nowMs - Math.floor((n * BATCH * 60) / events) * DAY_MS;
    const partitionKey = new Date(publishedMs).toISOString().slice(0, 10);
    return Array.from({ length: BATCH }, (_, at) => {
      const { raw } = eventText(7, n * BATCH + at, publishedMs);
      const rowKey = `${9_999_999_999_999 - publishedMs}_${randomUUID()}`;
      const fitting = raw.slice(0, 32 * 1024);
      return ['create', { partitionKey, rowKey, raw: fitting, hash: rowKey, source: 'backfill' }];
    });
  });
  return async (): Promise<Measured> => {
    const queue = batches.values();
    const write = async () => {
      for (const batch of queue) await table.submitTransaction(batch);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, write));
    return { events };
  };
}
