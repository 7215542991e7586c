/**
 * The parts of the stack, each with a proxy in front, and hosts that can be started and killed: for
 * tests that kill a host at a named step, or make a service fail. Processes, storage and vault are
 * real.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import { type OrgServer, startOktaOrg } from '../../dev/demo-org/server.ts';
import { certificateIn } from '../../dev/vault/certificate.ts';
import { SecretStore } from '../../dev/vault/secret-store.ts';
import { startVault } from '../../dev/vault/server.ts';
import { callersOf } from './calls.ts';
import { type Check, checkerFor } from './contract.ts';
import { type ServiceProxy, startProxy } from './proxy.ts';
import { ROOT, register, type Stack, settled, TOKEN, tempDir } from './stack.ts';
import { endpointOf, newStorageAccount } from './storage-account.ts';

export interface LabHost extends Pick<Stack, 'url' | 'send' | 'call'> {
  pid: number;
  exited: Promise<unknown>;
  /** The output so far. */
  output(): string;
  /** All replies to `call` so far. */
  replies(): string;
  /** Runs a timer function now. */
  runTimer(name: string): Promise<void>;
  kill(): Promise<void>;
  /** Stops the host like an operator. */
  stop(): Promise<void>;
  /** Kills only the worker; the host starts a new worker. */
  killWorker(): Promise<void>;
}

export interface Lab {
  connectionString: string;
  /** The names in the vault with this prefix, without deleted names. */
  secretsLike(start: string): string[];
  tables: ServiceProxy;
  queues: ServiceProxy;
  vault: ServiceProxy;
  /** Advances the time that hosts see: leases and ages depend on it. */
  advanceStorageClock(ms: number): void;
  startHost(env?: Record<string, string>): Promise<LabHost>;
  close(): Promise<void>;
}

/**
 * Longer than any lease and any sleep of a backfill worker: afterwards a run counts as dead, and a
 * worker as stuck.
 */
export const STUCK_MS = 21 * 60_000;

/** Advances the clock until stuck work counts as stuck, so that housekeeping replaces it. */
export async function timePasses(lab: Lab, host: LabHost): Promise<void> {
  lab.advanceStorageClock(STUCK_MS);
  await host.runTimer('housekeeping');
}

export interface LabOrgOptions {
  events?: number;
  /** The range of the events, in days. Each day costs requests to store and to count. */
  days?: number;
  trickleEventsPerMinute?: number;
  limitPerMinute?: number;
  seed?: number;
  longestPage?: number;
  clockSkewMs?: number;
}

export async function startLabOrg(options: LabOrgOptions = {}): Promise<OrgServer> {
  const { events = 200, days = 12, seed = 1, ...more } = options;
  const { trickleEventsPerMinute = 0, limitPerMinute = 100_000 } = options;
  return await startOktaOrg({
    ...more,
    seed,
    bornAtMs: Date.now() + (options.clockSkewMs ?? 0),
    events,
    days,
    trickleEventsPerMinute,
    limitPerMinute,
    orgId: `00oLab${String(seed).padStart(14, '0')}`,
    tokens: [TOKEN],
    nowMs: () => Date.now(),
  });
}

/** A forked host that has not been started yet. */
interface Loading {
  child: ChildProcess;
  /** Its settings, as text. */
  env: string;
  exited: Promise<unknown>;
  /** Rejects when the process ends. */
  died: Promise<never>;
  loaded: Promise<unknown>;
  output(): string;
}

/**
 * `keepsSpare`: the next host loads while a host works, for tests that restart their host often.
 * `root`: the folder of the app, by default this checkout.
 */
export async function startLab(
  orgs: OrgServer[],
  { keepsSpare = false, root = ROOT }: { keepsSpare?: boolean; root?: string } = {},
): Promise<Lab> {
  const dataDir = tempDir('lab');
  const account = await newStorageAccount();
  const realVault = await startVault({ dataDir });
  const certificate = await certificateIn(path.join(dataDir, 'vault'));
  const tables = await startProxy(endpointOf(account, 'Table'));
  const queues = await startProxy(endpointOf(account, 'Queue'));
  const vault = await startProxy(realVault.url, certificate);
  const connectionString = account
    .replace(endpointOf(account, 'Table'), tables.url)
    .replace(endpointOf(account, 'Queue'), queues.url);
  const hosts: LabHost[] = [];
  let spare: Loading | undefined;

  /** A host that loads its functions, and waits for the message to start. */
  const load = (env: Record<string, string>): Loading => {
    const child = fork(inject('developmentHost'), ['--root', root, '--standby'], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        PORT: '0',
        // Each tick sends a message for every connector that is due within a minute: ticks every second
        // would only add load.
        POLL_SCHEDULE: '*/5 * * * * *',
        AzureWebJobsStorage: connectionString,
        KEY_VAULT_URL: vault.url,
        NODE_EXTRA_CA_CERTS: certificate.file,
        IDENTITY_ENDPOINT: realVault.identity.endpoint,
        IDENTITY_HEADER: realVault.identity.header,
        AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
        AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
        LOCAL_HIDDEN_SECONDS: '10',
        OKTA_TEST_ORIGINS: orgs.map(({ origin }) => origin).join(','),
        ...env,
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk;
      });
    const exited = once(child, 'exit');
    const died = exited.then(() => {
      throw new Error(`the host ended: ${output}`);
    });
    died.catch(() => {});
    const loaded = Promise.race([once(child, 'message'), died]);
    loaded.catch(() => {});
    return { child, env: JSON.stringify(env), exited, died, loaded, output: () => output };
  };

  const startHost = async (env: Record<string, string> = {}): Promise<LabHost> => {
    const taken = spare?.env === JSON.stringify(env) ? spare : load(env);
    if (taken === spare) spare = undefined;
    const { child, exited, died, output } = taken;
    await taken.loaded;
    child.send('go');
    const [{ ready: url }] = await Promise.race([once(child, 'message'), died]);
    if (keepsSpare) spare ??= load(env);
    const check = await checkerFor(url);
    let replies = '';
    const keep: Check = (seen) => {
      replies += JSON.stringify([...seen.headers, seen.body]);
      check(seen);
    };
    const host: LabHost = {
      url,
      pid: child.pid ?? 0,
      exited,
      output,
      replies: () => replies,
      ...callersOf(url, keep),
      runTimer: async (name) => {
        const init = {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        };
        const reply = await fetch(`${url}/admin/functions/${name}`, init);
        if (reply.status !== 202) throw new Error(`${name} was not run: ${reply.status}`);
      },
      kill: async () => {
        child.kill('SIGKILL');
        await exited;
      },
      stop: async () => {
        child.kill('SIGTERM');
        await exited;
      },
      killWorker: async () => {
        child.send('kill worker');
        await once(child, 'message');
      },
    };
    hosts.push(host);
    return host;
  };

  return {
    connectionString: account,
    secretsLike: (start) =>
      new SecretStore(path.join(dataDir, 'vault', 'secrets'))
        .list()
        .filter(({ name, deletedDate }) => name.startsWith(start) && !deletedDate)
        .map(({ name }) => name),
    tables,
    queues,
    vault,
    advanceStorageClock: (ms) => {
      tables.advanceClock(ms);
    },
    startHost,
    close: async () => {
      spare?.child.kill('SIGKILL');
      await Promise.all([spare?.exited, ...hosts.map((host) => host.kill())]);
      for (const one of [tables, queues, vault, realVault, ...orgs]) await one.close();
      fs.rmSync(dataDir, { recursive: true });
    },
  };
}

export interface ConnectedLab {
  lab: Lab;
  host: LabHost;
  org: OrgServer;
}

/** One lab, one host and one org, connected as `contoso` and read to the end. */
export async function startConnectedLab(
  options: LabOrgOptions,
  env: Record<string, string> = {},
  others: OrgServer[] = [],
): Promise<ConnectedLab> {
  const org = await startLabOrg(options);
  const lab = await startLab([org, ...others]);
  const host = await lab.startHost(env);
  await register(host, 'contoso', org);
  await settled(host, 'contoso');
  return { lab, host, org };
}
