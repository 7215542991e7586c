/**
 * `npm start`: the whole system on this computer. Azurite, the local Key Vault, the demo Okta org and
 * the functions; prints what it starts, then `ready <url>`, and shows the demo connector filling up.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAzurite } from './azurite.ts';
import { type Child, startChild, startProgram } from './children.ts';
import { keptPort, noteProcesses, openDataDir, StartError } from './data-dir.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import { showProgress } from './progress.ts';
import { type LocalVault, startVault } from './vault/server.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SAMPLES = path.join(ROOT, '..', 'shared', 'data');
const DEMO_TOKEN = '00demoTokenOfTheDemoOktaOrg0000000000000000';

const print = (line: string) => console.log(process.stdout.isTTY ? `\r\u001b[K${line}` : line);

async function start(options: Options): Promise<void> {
  const startedAtMs = Date.now();
  const dataDir = path.resolve(options.dataDir);
  openDataDir(dataDir, options.fresh);
  fs.mkdirSync(path.join(dataDir, 'logs'), { recursive: true });
  if (options.build) build();

  const stops: (() => Promise<void>)[] = [];
  const stopAll = onStop(stops);

  const azurite = await startAzurite({ dataDir: path.join(dataDir, 'azurite') });
  stops.unshift(() => azurite.stop());
  watch('Azurite', azurite.exited, () => '', stopAll);
  print('Azurite (tables, queues, blobs) is running');

  const vault = await startVault({ dataDir, port: await keptPort(dataDir, 'vault') });
  stops.unshift(() => vault.close());
  print(`Key Vault is running at ${vault.url}`);

  const org = options.demo ? await startOrg(options, dataDir) : undefined;
  if (org) {
    stops.unshift(() => org.stop());
    watch('the demo Okta org', org.exited, org.lastLines, stopAll);
    print(`demo Okta org is running at ${org.url}`);
  }

  const host = await startFunctions(options, dataDir, azurite.connectionString, vault, org);
  stops.unshift(() => host.stop());
  noteProcesses(dataDir, {
    azurite: azurite.pid,
    host: host.pid,
    ...(org ? { oktaOrg: org.pid } : {}),
  });
  watch('the functions host', host.exited, host.lastLines, stopAll);
  if (options.functionKey) print(`function key ${options.functionKey}`);
  print(`ready ${host.url}/api/connectors`);
  if (org) await connectDemo(options, host.url, org.url, startedAtMs, stops);
}

function build(): void {
  execFileSync(process.execPath, [path.join(ROOT, 'scripts', 'build.mjs')], { stdio: 'inherit' });
}

async function startOrg(options: Options, dataDir: string): Promise<Child> {
  const port = await keptPort(dataDir, 'oktaOrg');
  const args = [
    ...['--port', String(port), '--state', path.join(dataDir, 'okta-org.json')],
    ...['--events', String(options.demoEvents), '--limit', String(options.demoLimit)],
    ...['--token', DEMO_TOKEN],
    ...(fs.existsSync(SAMPLES) ? ['--samples', SAMPLES] : []),
  ];
  return await startChild(path.join(ROOT, 'dev', 'demo-org', 'main.ts'), args, {
    name: 'the demo Okta org',
    env: process.env,
    logFile: path.join(dataDir, 'logs', 'okta-org.log'),
  });
}

async function startFunctions(
  options: Options,
  dataDir: string,
  storage: string,
  vault: LocalVault,
  org: Child | undefined,
): Promise<Child> {
  const testOrigins = [process.env.OKTA_TEST_ORIGINS, org?.url].filter((origin) => origin);
  const env = {
    POLL_SCHEDULE: '0 * * * * *',
    ...process.env,
    PORT: String(options.port),
    AzureWebJobsStorage: storage,
    KEY_VAULT_URL: vault.url,
    NODE_EXTRA_CA_CERTS: vault.certificateFile,
    IDENTITY_ENDPOINT: vault.identity.endpoint,
    IDENTITY_HEADER: vault.identity.header,
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    OKTA_TEST_ORIGINS: testOrigins.join(','),
    LOCAL_FUNCTION_KEY: options.functionKey ?? '',
  };
  const logFile = path.join(dataDir, 'logs', 'host.log');
  const described = { name: 'the functions host', env, logFile, trouble: print };
  if (!options.coreTools)
    return await startChild(path.join(ROOT, 'dev', 'host', 'main.ts'), ['--root', ROOT], described);
  const args = ['start', '--port', String(options.port)];
  if (options.functionKey) args.push('--enableAuth');
  return await startProgram(
    'func',
    args,
    `http://127.0.0.1:${options.port}`,
    /Worker process started|Host lock lease acquired|Functions:/,
    { ...described, env: { ...env, FUNCTIONS_WORKER_RUNTIME: 'node' } },
  );
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
  const reply = await fetch(`${url}/api/connectors/demo`, {
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
  const statusUrl = `${url}/api/connectors/demo/status`;
  print(`connected as "demo": ${statusUrl}`);
  await showProgress({ url: statusUrl, headers, startedAtMs, signal: shown.signal, print });
}

/** Ends everything, once; the reason is shown. */
type StopAll = (exitCode: number, reason?: string) => Promise<void>;

/** Stops everything in order on Ctrl-C or a death; a second Ctrl-C does not wait. */
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

/** One part's end is the end of all. */
function watch(
  name: string,
  exited: Promise<number | null>,
  lastLines: () => string,
  stopAll: StopAll,
): void {
  void exited.then((code) => stopAll(1, `${name} ended (exit code ${code}). ${lastLines()}`));
}

const parsed = parseOptions(process.argv.slice(2), process.env);
if (parsed.kind === 'help') {
  console.log(HELP);
} else if (parsed.kind === 'invalid') {
  console.error(parsed.message);
  process.exit(1);
} else {
  start(parsed.options).catch((error: unknown) => {
    const known = error instanceof StartError;
    console.error(known ? error.message : error);
    process.exit(1);
  });
}
