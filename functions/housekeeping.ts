/** Brings unfinished registrations and lost orchestrations forward, every five minutes. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { reconcileAll } from '../shared/connectors/reconcile.ts';
import { getServices } from '../shared/services.ts';
import { durableOrchestrations } from './http/orchestrations.ts';

app.timer('housekeeping', {
  schedule: '30 */5 * * * *',
  extraInputs: [df.input.durableClient()],
  handler: async (_timer, context) => {
    await reconcileAll(getServices(), durableOrchestrations(context), (connectorId, error) =>
      context.error(`housekeeping of ${connectorId} failed`, error),
    );
  },
});
