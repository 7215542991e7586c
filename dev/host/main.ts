/**
 * The development host: loads the compiled functions of an app and serves their triggers on this
 * computer, as facts of the real host say it does. `node dev/host/main.ts [--root DIR]`; settings
 * come in the environment: PORT (7071), AzureWebJobsStorage, and LOCAL_FUNCTION_KEY to enforce keys.
 *
 * A parent process is told `{ready: url}` over IPC. With `--standby` the host loads its functions, says
 * `{loaded: url}`, and then waits for the message `go` before it touches storage: a parent that
 * restarts its host often keeps the next one ready in this way.
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

/** Running invocations may end within this time after a stop. */
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

  // The functions see the host's name from the start: the port is taken before they are loaded.
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
    // Without it, activities die in the middle, and their messages stay hidden.
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

/** Resolves when the parent says `go`; ends this process when there is no parent any more. */
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
    taken ? `Port ${process.env.PORT ?? 7071} is taken. Set PORT to another.` : message,
  );
  process.exit(1);
});
