/** Live polling: a timer sends one queue message per due connector; each message is one run. */
import { app } from '@azure/functions';
import { z } from 'zod';
import { pollConnector } from '../shared/ingest/live.ts';
import { getConfig, getServices } from '../shared/services.ts';
import { POLL_QUEUE } from '../shared/storage/queue.ts';

app.timer('poll-timer', {
  schedule: '%POLL_SCHEDULE%',
  handler: async () => {
    const { status, storageClock, pollQueue } = getServices();
    const nowMs = storageClock.nowMs();
    for await (const { connectorId, dueAtMs } of status.due()) {
      if (dueAtMs <= nowMs) await pollQueue.send({ connectorId });
    }
  },
});

const messageSchema = z.object({ connectorId: z.string() });

app.storageQueue('poll-connector', {
  queueName: POLL_QUEUE,
  connection: getConfig().storageSetting,
  handler: async (message, context) => {
    const { connectorId } = messageSchema.parse(message);
    const services = getServices();
    const result = await pollConnector(services, connectorId);
    context.log(`poll ${connectorId}: ${result.kind}`);
    if (result.kind === 'again')
      await services.pollQueue.send({ connectorId }, result.delaySeconds);
  },
});
