/**
 * Before the first function runs, the queues that triggers listen to are made; at the end of the worker
 * the runs in hand stop, and give their leases back.
 */
import { app } from '@azure/functions';
import { getServices } from '../shared/services.ts';
import { stopRuns } from './host/in-hand.ts';
import { whenConfigured } from './host/settings.ts';

whenConfigured(() => {
  app.hook.appStart(async () => {
    // A storage that is away now does not keep the app from its start: a sender makes its queue as well.
    await getServices()
      .ensureQueues()
      .catch((error) => process.stderr.write(`the queues could not be made: ${error}\n`));
  });
  app.hook.appTerminate(stopRuns);
});
