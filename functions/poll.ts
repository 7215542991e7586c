/** Live polling: a timer queues a poll of each due connector; each message is one run. */
import { app } from '@azure/functions';
import * as z from 'zod';
import { pollAndRequeue, sendDue } from '../shared/ingest/poll-due.ts';
import { POLL_QUEUE } from '../shared/storage/queue.ts';
import { servicesOf, storageSetting } from './durable/invocation.ts';

app.timer('poll-timer', {
  schedule: '%POLL_SCHEDULE%',
  handler: async (_timer, context) => await sendDue(servicesOf(context)),
});

const messageSchema = z.object({ connectorId: z.string() });

app.storageQueue('poll-connector', {
  queueName: POLL_QUEUE,
  connection: storageSetting(),
  handler: async (message, context) => {
    const { connectorId } = messageSchema.parse(message);
    const result = await pollAndRequeue(servicesOf(context), connectorId);
    context.log(`poll ${connectorId}: ${result.kind}`);
  },
});
