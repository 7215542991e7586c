/** What goes on behind a reply, one message at a time. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import * as z from 'zod';
import { clearAway } from '../shared/connectors/delete.ts';
import { getConfig, getServices } from '../shared/services.ts';
import { WORK_QUEUE } from '../shared/storage/queue.ts';
import { workDelivery } from '../shared/webhooks/work.ts';
import { durableOrchestrations } from './durable/workflow-engine.ts';

const CLEARING_BUDGET_MS = 60_000;

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('clearAway'), connectorId: z.string() }),
  z.object({ kind: z.literal('delivery'), deliveryKey: z.string() }),
]);

app.storageQueue('connector-work', {
  queueName: WORK_QUEUE,
  connection: getConfig().storageSetting,
  extraInputs: [df.input.durableClient()],
  handler: async (message, context) => {
    const work = messageSchema.parse(message);
    if (work.kind === 'clearAway') return await clear(work.connectorId);
    await workDelivery(getServices(), durableOrchestrations(context), work.deliveryKey);
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
