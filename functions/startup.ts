/**
 * Start and stop of the worker. Before the first function runs, the queues of the triggers are created,
 * and the check of the timers is parked if it was lost. When the worker stops, the active runs stop and
 * release their leases.
 */
import { app } from '@azure/functions';
import { ensureWatch } from '../shared/ingest/watch-message.ts';
import { getServices } from '../shared/services.ts';
import { stopRuns } from './host/in-hand.ts';
import { whenConfigured } from './host/settings.ts';

whenConfigured(() => {
  app.hook.appStart(async () => {
    // Unavailable storage must not prevent the start of the app: senders create their queue too.
    const services = getServices();
    await services
      .ensureQueues()
      .catch((error) => process.stderr.write(`the queues could not be created: ${error}\n`));
    await ensureWatch(services).catch((error) =>
      process.stderr.write(`the check of the timers could not be parked: ${error}\n`),
    );
  });
  app.hook.appTerminate(stopRuns);
});
