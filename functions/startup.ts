/**
 * Before the first function runs, the queues that triggers listen to are made, and the watch over the
 * timers is parked where it was lost; at the end of the worker
 * the runs in hand stop, and give their leases back.
 */
import { app } from '@azure/functions';
import { ensureWatch } from '../shared/ingest/watch-message.ts';
import { getServices } from '../shared/services.ts';
import { stopRuns } from './host/in-hand.ts';
import { whenConfigured } from './host/settings.ts';

whenConfigured(() => {
  app.hook.appStart(async () => {
    // A storage that is away now does not keep the app from its start: a sender makes its queue as well.
    const services = getServices();
    await services
      .ensureQueues()
      .catch((error) => process.stderr.write(`the queues could not be made: ${error}\n`));
    await ensureWatch(services).catch((error) =>
      process.stderr.write(`the watch over the timers could not be parked: ${error}\n`),
    );
  });
  app.hook.appTerminate(stopRuns);
});
