/**
 * Live polling: a timer sends the polls that are due. Each message is a run of some connectors, or the
 * parked message, which acts between the ticks.
 */
import { app } from '@azure/functions';
import { Cron } from 'croner';
import * as df from 'durable-functions';
import * as z from 'zod';
import { watchTimers } from '../shared/housekeeping/watch-timers.ts';
import { type PollLog, pollAll } from '../shared/ingest/poll-all.ts';
import { tick } from '../shared/ingest/send-due.ts';
import { POLL_QUEUE } from '../shared/storage/queue.ts';
import { housekeepingLog } from './host/housekeeping-log.ts';
import { runInHand } from './host/in-hand.ts';
import { servicesOf } from './host/invocation.ts';
import { whenConfigured } from './host/settings.ts';
import { telling } from './host/tell.ts';

const messageSchema = z.union([
  z.object({ connectorIds: z.array(z.string()) }),
  z.object({ watch: z.string() }),
  // Messages of versions before 0.2.
  z.object({ connectorId: z.string() }).transform(({ connectorId }) => ({
    connectorIds: [connectorId],
  })),
]);

/** This tick may fire slightly early. */
const EARLY_MS = 1_000;

function msToNext(ticks: Cron): number {
  const nowMs = Date.now();
  return (ticks.nextRun(new Date(nowMs + EARLY_MS))?.getTime() ?? nowMs) - nowMs;
}

whenConfigured((config) => {
  const { pollSchedule, storageSetting } = config;
  const ticks = new Cron(pollSchedule, { timezone: 'UTC', paused: true, mode: '6-part' });

  app.timer('poll-timer', {
    schedule: pollSchedule,
    handler: async (_timer, context) =>
      await telling(context, config, async (tell) => {
        const { sent, oldestOverdueMs } = await tick(servicesOf(context), msToNext(ticks));
        tell({ kind: 'tick', sent, oldestOverdueSeconds: Math.round(oldestOverdueMs / 1000) });
      }),
  });

  app.storageQueue('poll-connector', {
    queueName: POLL_QUEUE,
    connection: storageSetting,
    // The check of the timers may start orchestrations.
    extraInputs: [df.input.durableClient()],
    handler: async (message, context) => {
      const asked = messageSchema.parse(message);
      const services = servicesOf(context);
      if ('watch' in asked) {
        const watched = await watchTimers(services, asked.watch, housekeepingLog(context));
        context.log(`watch: ${watched}`);
        return;
      }
      const log: PollLog = {
        ended: (id, { kind }) => context.log(`poll ${id}: ${kind}`),
        failed: (id, error) => context.error(`poll ${id} failed`, error),
      };
      await runInHand(pollAll(services, asked.connectorIds, log));
    },
  });
});
