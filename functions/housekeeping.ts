/** The timer of housekeeping, every five minutes. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { report } from '../shared/housekeeping/report.ts';
import { runHousekeeping } from '../shared/housekeeping/run-housekeeping.ts';
import { housekeepingLog } from './host/housekeeping-log.ts';
import { servicesOf } from './host/invocation.ts';
import { whenConfigured } from './host/settings.ts';
import { telling } from './host/tell.ts';

whenConfigured(() => {
  app.timer('housekeeping', {
    schedule: '30 */5 * * * *',
    extraInputs: [df.input.durableClient()],
    handler: async (_timer, context) => {
      const services = servicesOf(context);
      await runHousekeeping(services, housekeepingLog(context));
      await telling(context, services.config, (tell) =>
        report(services, services.countPoison, tell),
      );
    },
  });
});
