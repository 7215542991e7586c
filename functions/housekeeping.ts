/** The timer of housekeeping, every five minutes. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { runHousekeeping } from '../shared/housekeeping/run-housekeeping.ts';
import { housekeepingLog } from './host/housekeeping-log.ts';
import { servicesOf } from './host/invocation.ts';
import { whenConfigured } from './host/settings.ts';

whenConfigured(() => {
  app.timer('housekeeping', {
    schedule: '30 */5 * * * *',
    extraInputs: [df.input.durableClient()],
    handler: async (_timer, context) =>
      await runHousekeeping(servicesOf(context), housekeepingLog(context)),
  });
});
