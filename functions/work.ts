/** What goes on behind a reply, one message at a time. */
import { app } from '@azure/functions';
import { z } from 'zod';
import { clearAway } from '../shared/connectors/remove.ts';
import { getConfig, getServices } from '../shared/services.ts';
import { WORK_QUEUE } from '../shared/storage/queue.ts';

const CLEARING_BUDGET_MS = 60_000;

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('clearAway'), connectorId: z.string() }),
  z.object({ kind: z.literal('delivery'), deliveryKey: z.string() }),
]);

app.storageQueue('connector-work', {
  queueName: WORK_QUEUE,
  connection: getConfig().storageSetting,
  handler: async (message) => {
    const work = messageSchema.parse(message);
    if (work.kind === 'clearAway') await clear(work.connectorId);
  },
});

async function clear(connectorId: string): Promise<void> {
  const services = getServices();
  const stored = await services.connectors.get(connectorId);
  if (stored?.connector.state !== 'deleted') return;
  const stopAtMs = services.clock.nowMs() + CLEARING_BUDGET_MS;
  const cleared = await clearAway(services, stored, () => services.clock.nowMs() >= stopAtMs);
  if (!cleared) await services.workQueue.send({ kind: 'clearAway', connectorId });
}
