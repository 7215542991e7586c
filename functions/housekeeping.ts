/** Every five minutes: brings unfinished things forward, and clears away what is past its time. */
import { app, type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { reconcileAll } from '../shared/connectors/reconcile.ts';
import { inTurn } from '../shared/fair-share.ts';
import { getServices, type Services } from '../shared/services.ts';
import { deleteExpired } from '../shared/sink/retention.ts';
import { reconcileDeliveries } from '../shared/webhooks/reconcile.ts';
import { durableOrchestrations, purgeFinished } from './durable/workflow-engine.ts';

const DAY_MS = 86_400_000;
const KEEP_RUNS_MS = 7 * DAY_MS;
/** What is left over is deleted by the next run. */
const DELETING_BUDGET_MS = 60_000;
const EXPIRING_BUDGET_MS = 60_000;
const EXPIRING_SHARE_MS = 10_000;
const EVERY_MS = 5 * 60_000;

app.timer('housekeeping', {
  schedule: '30 */5 * * * *',
  extraInputs: [df.input.durableClient()],
  handler: async (_timer, context) => {
    const services = getServices();
    const { clock } = services;
    const stopAtMs = clock.nowMs() + DELETING_BUDGET_MS;
    const isOver = () => clock.nowMs() >= stopAtMs;
    const failed = (what: string, error: unknown) =>
      context.error(`housekeeping of ${what} failed`, error);
    const steps = {
      connectors: () => reconcileAll(services, durableOrchestrations(context), isOver, failed),
      deliveries: () => reconcileDeliveries(services, isOver, failed),
      orchestrations: () => purgeFinished(context, clock.nowMs()),
      retention: () => expire(services, context),
    };
    // One that fails does not keep the next from its work.
    for (const [what, step] of Object.entries(steps))
      await step().catch((error: unknown) => failed(what, error));
  },
});

async function expire(services: Services, context: InvocationContext) {
  const { config, clock, storageClock, sinkStores: stores, runs } = services;
  const nowMs = storageClock.nowMs();
  const connectors = await Array.fromAsync(
    services.connectors.list(),
    ({ connector }) => connector,
  );
  const failed = (id: string, error: unknown) => context.error(`expiry of ${id} failed`, error);
  const turn = Math.floor(nowMs / EVERY_MS);
  const shares = { clock, turn, budgetMs: EXPIRING_BUDGET_MS, shareMs: EXPIRING_SHARE_MS, failed };
  await inTurn(connectors, shares, async (connector, isOver) => {
    const { id, generation } = connector;
    const keepFromMs = nowMs - config.eventRetentionDays * DAY_MS;
    const parts = { stores, storageClock };
    const deleted = await deleteExpired(parts, id, generation, keepFromMs, isOver);
    if (deleted > 0) context.log(`${deleted} events of ${id} were past their retention`);
    await runs.deleteBefore(connector, nowMs - KEEP_RUNS_MS, isOver);
  });
}
