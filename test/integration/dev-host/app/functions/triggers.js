import { setTimeout as delay } from 'node:timers/promises';
import { app } from '@azure/functions';

/** What the triggers have seen, for the tests to read. */
const seen = { timer: [], lateTimer: 0, queue: [], poison: [], mostAtOnce: 0 };
let waiting = 0;

app.timer('tick', {
  schedule: '* * * * * *',
  handler: (timer) => {
    if (seen.timer.length < 10) seen.timer.push(timer);
  },
});
const inTwoMonths = new Date(Date.now() + 60 * 86_400_000);
app.timer('late-tick', {
  schedule: `0 0 0 1 ${inTwoMonths.getUTCMonth() + 1} *`,
  handler: () => {
    seen.lateTimer++;
  },
});
app.storageQueue('work', {
  queueName: 'work',
  connection: 'AzureWebJobsStorage',
  handler: async (message, context) => {
    if (message.waitsFor) {
      waiting++;
      seen.mostAtOnce = Math.max(seen.mostAtOnce, waiting);
      while (seen.mostAtOnce < message.waitsFor) await delay(20);
      waiting--;
      return;
    }
    seen.queue.push({ message, dequeueCount: context.triggerMetadata.dequeueCount });
    if (message.fails) throw new Error('on purpose');
  },
});
app.storageQueue('unmade', {
  queueName: 'unmade',
  connection: 'AzureWebJobsStorage',
  handler: () => {},
});
app.storageQueue('work-poison', {
  queueName: 'work-poison',
  connection: 'AzureWebJobsStorage',
  handler: (message) => {
    seen.poison.push(message);
  },
});
app.http('seen', {
  methods: ['GET'],
  route: 'seen',
  authLevel: 'anonymous',
  handler: () => ({ jsonBody: seen }),
});
