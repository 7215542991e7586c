/** The worker thread: loads the app's functions, and runs the functions that the host requests. */
import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { App } from './app.ts';
import type { FromWorker, Thrown, ToWorker } from './functions.ts';
import { log } from './log.ts';

const tell = (message: FromWorker) => parentPort?.postMessage(message);

const textOf = (error: unknown): Thrown =>
  error instanceof Error
    ? { message: error.message, stack: error.stack ?? error.message }
    : { message: String(error), stack: String(error) };

try {
  const app = await App.load(workerData.root);
  // Saves the compile cache now, because this worker may be killed. The next worker then loads faster.
  flushCompileCache();
  parentPort?.on('message', async (message: ToWorker) => {
    if (message.kind !== 'invoke') {
      const [hook, done] =
        message.kind === 'start'
          ? (['appStart', 'started'] as const)
          : (['appTerminate', 'terminated'] as const);
      await app.runHooks(hook).catch((error) => log('error', 'worker', textOf(error).stack));
      tell({ kind: done });
      return;
    }
    const { invocationId } = message.invocation;
    try {
      const outcome = await app.invoke(message.name, message.invocation);
      tell({ kind: 'returned', invocationId, outcome });
    } catch (error) {
      tell({ kind: 'threw', invocationId, error: textOf(error) });
    }
  });
  const functions = [...app.functions.values()].map(({ callback: _, ...one }) => one);
  tell({ kind: 'loaded', functions, streamUrl: app.streamUrl });
} catch (error) {
  tell({ kind: 'notLoaded', error: textOf(error) });
}
