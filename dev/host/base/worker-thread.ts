/** The worker: loads the app's functions, and runs those that the host asks for. */
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
  // Where NODE_COMPILE_CACHE names a directory, the next worker loads faster, though this one is killed.
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
