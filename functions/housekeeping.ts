/** Every five minutes: brings unfinished things to their end, and removes what is past its time. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { runHousekeeping } from '../shared/housekeeping/run-housekeeping.ts';
import { servicesOf } from './durable/invocation.ts';

app.timer('housekeeping', {
  schedule: '30 */5 * * * *',
  extraInputs: [df.input.durableClient()],
  handler: async (_timer, context) =>
    await runHousekeeping(servicesOf(context), {
      failed: (what, error) => context.error(`housekeeping of ${what} failed`, error),
      expired: (id, events) => context.log(`${events} events of ${id} were past their retention`),
    }),
});
