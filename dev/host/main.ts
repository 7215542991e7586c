/**
 * The development host: loads the compiled functions of an app and serves their triggers on this
 * computer, like the real host (docs/azure.md). `node dev/host/main.ts [--root DIR]`. Settings are
 * environment variables: PORT (7071), AzureWebJobsStorage, and LOCAL_FUNCTION_KEY to enforce keys.
 *
 * The host reports `{ready: url}` to its parent process over IPC. With `--standby` it loads its
 * functions, reports `{loaded: url}` and does not access storage until it receives the message `go`. A
 * parent that restarts its host often can thus keep the next host ready.
 */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { whileUnchanged } from '../built-functions.ts';
import { readHostJson } from './base/host-json.ts';
import { log } from './base/log.ts';
import { Worker } from './base/worker.ts';
import { serveClientApi } from './durable/client-api.ts';
import { DurableEngine } from './durable/engine.ts';
import { httpTriggers } from './http.ts';
import { startQueues } from './queue.ts';
import { startTimers, type Timers } from './timer.ts';

/** Running invocations may complete within this time after a stop. */
const GRACE_MS = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      root: { type: 'string', default: process.cwd() },
      standby: { type: 'boolean', default: false },
    },
  });
  const storage = process.env.AzureWebJobsStorage;
  if (!storage) throw new Error('Setting AzureWebJobsStorage: expected a connection string.');
  process.env.AZURE_FUNCTIONS_ENVIRONMENT ??= 'Development';
  const settings = readHostJson(values.root);

  // The functions read the host's name when they are loaded, so the port is taken first.
  const port = Number(process.env.PORT ?? 7071);
  const server = http.createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const hostname = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  process.env.WEBSITE_HOSTNAME = hostname;

  const worker = await whileUnchanged(values.root, () =>
    Worker.load(values.root, settings.functionTimeoutMs),
  );
  const engine = new DurableEngine(worker, storage, settings.durable);
  const client = await serveClientApi(engine, settings.durable.hubName);
  worker.durableClient = client.binding();
  let timers: Timers | undefined;
  const serve = httpTriggers(worker, {
    routePrefix: settings.routePrefix,
    functionKey: process.env.LOCAL_FUNCTION_KEY || undefined,
    runTimer: (name) => timers?.runNow(name) ?? false,
  });
  server.on('request', serve);
  if (values.standby) await released(`http://${hostname}`);
  await worker.start();
  await engine.start();
  const queues = await startQueues(worker, storage, settings.queues);
  timers = await startTimers(worker, storage);
  log('information', 'host', `${worker.functions.size} functions loaded`);
  console.log(`Host ready http://${hostname}`);
  process.send?.({ ready: `http://${hostname}` });

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    server.close();
    // Otherwise activities are aborted, and their messages stay invisible.
    const durable = engine.stop();
    const graceful = settings.durable.useGracefulShutdown ? durable : undefined;
    await Promise.race([Promise.all([timers?.stop(), queues.stop(), graceful]), delay(GRACE_MS)]);
    await worker.terminate();
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  process.on('message', (message) => {
    if (message === 'kill worker') void worker.kill().then(() => process.send?.('worker killed'));
  });
}

/** Resolves when the parent sends `go`. Ends this process when the parent has ended. */
async function released(url: string): Promise<void> {
  const orphaned = () => process.exit(0);
  process.once('disconnect', orphaned);
  process.send?.({ loaded: url });
  await once(process, 'message');
  process.off('disconnect', orphaned);
}

main().catch((error: unknown) => {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  const message = error instanceof Error ? error.message : String(error);
  console.error(
    taken ? `Port ${process.env.PORT ?? 7071} is taken. Set PORT to another port.` : message,
  );
  process.exit(1);
});
