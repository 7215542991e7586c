/** Work after an HTTP reply, one message at a time: webhook deliveries, clean-up after deletes. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import * as z from 'zod';
import { CLEAN_UP_BUDGET_MS, cleanUpOrRequeue } from '../shared/connectors/clean-up.ts';
import { WORK_QUEUE } from '../shared/storage/queue.ts';
import { workDelivery } from '../shared/webhooks/work.ts';
import { servicesOf } from './host/invocation.ts';
import { whenConfigured } from './host/settings.ts';

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cleanUp'), connectorId: z.string() }),
  z.object({ kind: z.literal('delivery'), deliveryKey: z.string() }),
]);

whenConfigured(({ storageSetting }) => {
  app.storageQueue('connector-work', {
    queueName: WORK_QUEUE,
    connection: storageSetting,
    extraInputs: [df.input.durableClient()],
    handler: async (message, context) => {
      const work = messageSchema.parse(message);
      const services = servicesOf(context);
      if (work.kind === 'cleanUp')
        await cleanUpOrRequeue(services, work.connectorId, CLEAN_UP_BUDGET_MS);
      else await workDelivery(services, work.deliveryKey);
    },
  });
});
