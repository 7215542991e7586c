/** Every five minutes: brings unfinished things forward, and clears away what is past its time. */
import { app, type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { reconcileAll } from '../shared/connectors/reconcile.ts';
import { getServices, type Services } from '../shared/services.ts';
import { deleteExpired } from '../shared/sink/retention.ts';
import { reconcileDeliveries } from '../shared/webhooks/reconcile.ts';
import { durableOrchestrations, purgeFinished } from './http/orchestrations.ts';

const DAY_MS = 86_400_000;
const KEEP_RUNS_MS = 7 * DAY_MS;
/** What is left over is deleted by the next run. */
const DELETING_BUDGET_MS = 60_000;

app.timer('housekeeping', {
  schedule: '30 */5 * * * *',
  extraInputs: [df.input.durableClient()],
  handler: async (_timer, context) => {
    const services = getServices();
    const { clock } = services;
    const stopAtMs = clock.nowMs() + DELETING_BUDGET_MS;
    const isOver = () => clock.nowMs() >= stopAtMs;
    await reconcileAll(services, durableOrchestrations(context), isOver, (what, error) =>
      context.error(`housekeeping of ${what} failed`, error),
    );
    await reconcileDeliveries(services);
    await purgeFinished(context, clock.nowMs());
    await expire(services, context, stopAtMs);
  },
});

async function expire(services: Services, context: InvocationContext, stopAtMs: number) {
  const { config, clock, counts, sinkStores: stores, runs } = services;
  const keepFromMs = clock.nowMs() - config.eventRetentionDays * DAY_MS;
  const isOver = () => clock.nowMs() >= stopAtMs;
  for await (const { connector } of services.connectors.list()) {
    const { id, generation } = connector;
    const parts = { stores, counts, clock };
    const deleted = await deleteExpired(parts, id, generation, keepFromMs, stopAtMs);
    if (deleted > 0) context.log(`${deleted} events of ${id} were past their retention`);
    await runs.deleteBefore(connector, clock.nowMs() - KEEP_RUNS_MS, isOver);
  }
}
