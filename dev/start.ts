/**
 * `npm start`: the whole system on this computer. Azurite, the local Key Vault, the demo Okta org
 * and the functions; prints each part, then `ready <url>` and `portal <url>`, then the progress of the demo connector.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { startAzurite } from './azurite.ts';
import { type Child, startChild } from './children.ts';
import { noteProcesses, openDataDir } from './data-dir.ts';
import { setUpDemoHook } from './demo-hook.ts';
import { loopbackWithoutProxy } from './environment.ts';
import { startFunctions, untilHealthy } from './functions.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import { KeptPorts } from './ports.ts';
import { showProgress } from './progress.ts';
import { StartError } from './start-error.ts';
import { startVault } from './vault/server.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SAMPLES = path.join(ROOT, '..', 'shared', 'data');
const DEMO_TOKEN = '00demoTokenOfTheDemoOktaOrg0000000000000000';

const print = (line: string) => console.log(process.stdout.isTTY ? `\r\u001b[K${line}` : line);

/** `stops` collects the stop function of each part; the last part stops first. */
async function start(
  options: Options,
  stops: (() => Promise<void>)[],
  stopAll: StopAll,
): Promise<void> {
  const startedAtMs = Date.now();
  const { dataDir } = options;
  // For the requests of this process and of its children.
  Object.assign(process.env, loopbackWithoutProxy(process.env));
  await openDataDir(dataDir, { fresh: options.fresh, tell: print });
  fs.mkdirSync(path.join(dataDir, 'logs'), { recursive: true });
  if (options.build) await build();

  const azurite = await startAzurite({ dataDir });
  stops.unshift(() => azurite.stop());
  watch('Azurite', azurite.exited, () => '', stopAll);
  print('Azurite (tables, queues, blobs) is running');

  const ports = new KeptPorts(dataDir, print);
  const vault = await startVault({
    dataDir,
    port: await ports.take('vault', 'the Key Vault'),
    tell: print,
  });
  stops.unshift(() => vault.close());
  print(`Key Vault is running at ${vault.url}`);

  const org = options.demo
    ? await startOrg(options, await ports.take('oktaOrg', 'the demo Okta org'))
    : undefined;
  if (org) {
    stops.unshift(() => org.stop());
    watch('the demo Okta org', org.exited, org.lastLines, stopAll);
    print(`demo Okta org is running at ${org.url}`);
  }

  const storage = azurite.connectionString;
  const around = { root: ROOT, dataDir, storage, vault, orgUrl: org?.url, print };
  const host = await startFunctions(options, around);
  stops.unshift(() => host.stop());
  noteProcesses(dataDir, {
    azurite: azurite.pid,
    host: host.pid,
    ...(org ? { oktaOrg: org.pid } : {}),
  });
  await untilHealthy(host);
  watch('the functions host', host.exited, host.lastLines, stopAll);
  if (options.functionKey) print(`function key ${options.functionKey}`);
  print(`ready ${host.url}/api/connectors`);
  print(`portal ${host.url}/portal`);
  if (org) await connectDemo(options, host.url, org.url, startedAtMs, stops);
}

async function build(): Promise<void> {
  const script = path.join(ROOT, 'scripts', 'build.mjs');
  const [code] = await once(spawn(process.execPath, [script], { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new StartError('The functions could not be built.');
}

async function startOrg(options: Options, port: number): Promise<Child> {
  const { dataDir } = options;
  const args = [
    ...['--port', String(port), '--state', path.join(dataDir, 'okta-org.json')],
    ...['--events', String(options.demoEvents), '--limit', String(options.demoLimit)],
    ...['--token', DEMO_TOKEN],
    ...(fs.existsSync(SAMPLES) ? ['--samples', SAMPLES] : []),
  ];
  return await startChild(path.join(ROOT, 'dev', 'demo-org', 'main.ts'), args, {
    name: 'the demo Okta org',
    env: process.env,
    dataDir,
    logFile: 'okta-org.log',
  });
}

async function connectDemo(
  options: Options,
  url: string,
  orgUrl: string,
  startedAtMs: number,
  stops: (() => Promise<void>)[],
): Promise<void> {
  const headers: Record<string, string> = options.functionKey
    ? { 'x-functions-key': options.functionKey }
    : {};
  const connectorUrl = `${url}/api/connectors/demo`;
  const reply = await fetch(connectorUrl, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({
      displayName: 'Demo Okta org',
      domain: new URL(orgUrl).host,
      credential: { kind: 'apiToken', token: DEMO_TOKEN },
    }),
  });
  if (!reply.ok) {
    print(`The demo org could not be connected: ${await reply.text()}`);
    return;
  }
  const shown = new AbortController();
  stops.unshift(async () => shown.abort());
  const statusUrl = `${connectorUrl}/status`;
  print(`connected as "demo": ${statusUrl}`);
  await setUpDemoHook({ url: connectorUrl, headers, orgUrl, token: DEMO_TOKEN }).then(
    (hookUrl) => print(`event hook: the demo org calls ${hookUrl}, and new events arrive at once`),
    (error: Error) => print(`The event hook could not be set up: ${error.message}`),
  );
  await showProgress({ url: statusUrl, headers, startedAtMs, signal: shown.signal, print });
}

/** Stops all parts, once; shows the reason. */
type StopAll = (exitCode: number, reason?: string) => Promise<void>;

/** Stops all parts in order on Ctrl-C or when a part has ended; a second Ctrl-C does not wait. */
function onStop(stops: (() => Promise<void>)[]): StopAll {
  let stopping = false;
  const stopAll: StopAll = async (exitCode, reason) => {
    if (stopping) return;
    stopping = true;
    if (reason) console.error(reason);
    for (const stop of stops) await stop().catch(() => {});
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(130);
      print('stopping');
      void stopAll(0);
    });
  }
  process.on('disconnect', () => void stopAll(0));
  return stopAll;
}

/** When a part ends, all parts are stopped. */
function watch(
  name: string,
  exited: Promise<number | null>,
  lastLines: () => string,
  stopAll: StopAll,
): void {
  void exited.then((code) => stopAll(1, `${name} ended (exit code ${code}). ${lastLines()}`));
}

const parsed = parseOptions(process.argv.slice(2), process.env, ROOT);
if (parsed.kind === 'help') {
  console.log(HELP);
} else if (parsed.kind === 'invalid') {
  console.error(parsed.message);
  process.exit(1);
} else {
  const stops: (() => Promise<void>)[] = [];
  const stopAll = onStop(stops);
  start(parsed.options, stops, stopAll).catch((error: unknown) =>
    stopAll(1, error instanceof StartError ? error.message : inspect(error)),
  );
}
