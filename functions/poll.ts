/** Live polling: a timer queues a poll of each due connector; each message is one run. */
import { app } from '@azure/functions';
import { Cron } from 'croner';
import * as z from 'zod';
import { pollAndRequeue, sendDue } from '../shared/ingest/poll-due.ts';
import { POLL_QUEUE } from '../shared/storage/queue.ts';
import { runInHand } from './host/in-hand.ts';
import { servicesOf } from './host/invocation.ts';
import { whenConfigured } from './host/settings.ts';

const messageSchema = z.object({ connectorId: z.string() });

/** This tick may come a moment early. */
const EARLY_MS = 1_000;

function msToNext(ticks: Cron): number {
  const nowMs = Date.now();
  return (ticks.nextRun(new Date(nowMs + EARLY_MS))?.getTime() ?? nowMs) - nowMs;
}

whenConfigured(({ pollSchedule, storageSetting }) => {
  const ticks = new Cron(pollSchedule, { timezone: 'UTC', paused: true, mode: '6-part' });

  app.timer('poll-timer', {
    schedule: pollSchedule,
    handler: async (_timer, context) => await sendDue(servicesOf(context), msToNext(ticks)),
  });

  app.storageQueue('poll-connector', {
    queueName: POLL_QUEUE,
    connection: storageSetting,
    handler: async (message, context) => {
      const { connectorId } = messageSchema.parse(message);
      const result = await runInHand(pollAndRequeue(servicesOf(context), connectorId));
      context.log(`poll ${connectorId}: ${result.kind}`);
    },
  });
});
