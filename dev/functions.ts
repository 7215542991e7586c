/** The functions of the local stack, in the development host or in Azure Functions Core Tools. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { whileUnchanged } from './built-functions.ts';
import { type Child, startChild, startProgram } from './children.ts';
import { trustBoth } from './environment.ts';
import type { Options } from './options.ts';
import { isFree } from './ports.ts';
import { StartError } from './start-error.ts';
import type { LocalVault } from './vault/server.ts';

const HEALTHY_WITHIN_MS = 60_000;
/** A host that has only just begun to listen may never answer, so the request is repeated. */
const ANSWER_WITHIN_MS = 10_000;
const POLL_MS = 100;

interface Surroundings {
  root: string;
  dataDir: string;
  /** Connection string of the storage account. */
  storage: string;
  vault: LocalVault;
  /** The origin of the demo org. */
  orgUrl: string | undefined;
  print: (line: string) => void;
}

export async function startFunctions(options: Options, around: Surroundings): Promise<Child> {
  const { root, dataDir, print } = around;
  const env = environment(options, around);
  const described = {
    name: 'the functions host',
    env,
    dataDir,
    logFile: 'host.log',
    trouble: print,
  };
  if (!options.coreTools)
    return await startChild(path.join(root, 'dev', 'host', 'main.ts'), ['--root', root], described);
  // Checked first: otherwise another program on the port could answer before the host reports the
  // conflict.
  if (!(await isFree(options.port)))
    throw new StartError(`Port ${options.port} is taken. Set PORT to another port.`);
  const command = ['func', 'start', '--port', String(options.port)];
  // The development host takes these locks itself.
  return await whileUnchanged(root, async () => {
    const host = await startProgram(command, `http://127.0.0.1:${options.port}`, {
      ...described,
      cwd: root,
      env: { ...env, FUNCTIONS_WORKER_RUNTIME: 'node' },
    });
    await untilHealthy(host);
    return host;
  });
}

function environment(
  options: Options,
  { dataDir, storage, vault, orgUrl, print }: Surroundings,
): Record<string, string | undefined> {
  const testOrigins = [process.env.OKTA_TEST_ORIGINS, orgUrl].filter((origin) => origin);
  const trusted = path.join(dataDir, 'trusted-certificates.pem');
  const trouble = trustBoth(process.env.NODE_EXTRA_CA_CERTS, vault.certificateFile, trusted);
  if (trouble) print(trouble);
  return {
    POLL_SCHEDULE: '0 * * * * *',
    ...process.env,
    PORT: String(options.port),
    AzureWebJobsStorage: storage,
    KEY_VAULT_URL: vault.url,
    NODE_EXTRA_CA_CERTS: trusted,
    IDENTITY_ENDPOINT: vault.identity.endpoint,
    IDENTITY_HEADER: vault.identity.header,
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    OKTA_TEST_ORIGINS: testOrigins.join(','),
    LOCAL_STORAGE_FORGETS: 'true',
    LOCAL_FUNCTION_KEY: options.functionKey ?? '',
  };
}

/** Resolves when the functions answer and can reach storage and vault. */
export async function untilHealthy(host: Child): Promise<void> {
  const url = `${host.url}/api/health`;
  const deadlineMs = Date.now() + HEALTHY_WITHIN_MS;
  let ended = false;
  void host.exited.then(() => {
    ended = true;
  });
  for (;;) {
    const seen = await health(url);
    if (seen === 'healthy') return;
    // A refused setting does not recover by waiting.
    if (seen.includes('"settings","ok":false')) throw new StartError(refusals(host) || seen);
    if (ended) throw new StartError(host.lastLines() || `${host.name} ended before it was ready`);
    if (Date.now() > deadlineMs)
      throw new StartError(`The functions do not work: GET ${url} ${seen}.\n${host.lastLines()}`);
    await delay(POLL_MS);
  }
}

async function health(url: string): Promise<string> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const text = await reply.text();
    return reply.ok ? 'healthy' : `answers ${reply.status} ${text.slice(0, 500)}`;
  } catch (error) {
    return `fails (${(error as Error).message})`;
  }
}

/** The app's output about its settings: the allowed values, never the given values. */
const refusals = (host: Child): string =>
  host
    .lastLines()
    .split('\n')
    .filter((line) => line.startsWith('Setting '))
    .join('\n');
