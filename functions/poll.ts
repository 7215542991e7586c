/** Live polling: a timer sends one queue message per due connector; each message is one run. */
import { app } from '@azure/functions';
import * as z from 'zod';
import { pollConnector } from '../shared/ingest/live.ts';
import { getConfig, getServices } from '../shared/services.ts';
import { POLL_QUEUE } from '../shared/storage/queue.ts';

/**
 * A tick looks ahead: a connector that falls due before the next one gets its message now, to show
 * up when it is due. Otherwise a connector due just after a tick would wait for nearly a minute.
 */
const LOOK_AHEAD_MS = 60_000;

app.timer('poll-timer', {
  schedule: '%POLL_SCHEDULE%',
  handler: async () => {
    const { status, storageClock, pollQueue } = getServices();
    for await (const { connectorId, dueAtMs } of status.due()) {
      // Behind the first reply of the storage, which tells its time.
      const nowMs = storageClock.nowMs();
      if (dueAtMs >= nowMs + LOOK_AHEAD_MS) continue;
      await pollQueue.send({ connectorId }, Math.max(0, Math.ceil((dueAtMs - nowMs) / 1000)));
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
