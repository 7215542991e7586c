/**
 * The composition root: the only place that creates clients and binds adapters to ports. A
 * connection is opened on first use.
 */
import { TableClient } from '@azure/data-tables';
import { DefaultAzureCredential } from '@azure/identity';
import { QueueClient } from '@azure/storage-queue';
import { REQUEST_TIMEOUT_MS, requestTimeout } from './azure/request-timeout.ts';
import { storageClock } from './azure/storage-clock.ts';
import { systemChance } from './chance.ts';
import { systemClock } from './clock.ts';
import { type Config, letSdkFollow, readConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { Deps } from './deps.ts';
import { HealthChecker, TimerAges } from './health.ts';
import { CATCH_UPS_AT_ONCE } from './ingest/live.ts';
import { Governor } from './okta/governor.ts';
import { createOktaReach } from './okta/reach.ts';
import { createOktaTransport } from './okta/undici-transport.ts';
import { SharedReads } from './shared-reads.ts';
import { CountReader } from './sink/count-reader.ts';
import { EventsQuery } from './sink/events-query.ts';
import { TablesSink } from './sink/tables-sink.ts';
import { TablesStaging } from './sink/tables-staging.ts';
import { Slots } from './slots.ts';
import { Audit } from './storage/audit.ts';
import { AzureBlobs } from './storage/azure-blobs.ts';
import { AzureQueue, countMessages } from './storage/azure-queue.ts';
import { AzureTable } from './storage/azure-table.ts';
import { checkWrites } from './storage/check-writes.ts';
import { Checkpoints } from './storage/checkpoints.ts';
import { Connectors } from './storage/connectors.ts';
import { Deliveries } from './storage/deliveries.ts';
import { DueIndex } from './storage/due-index.ts';
import { EventHooks } from './storage/event-hooks.ts';
import { Heartbeats } from './storage/heartbeats.ts';
import { LARGE_EVENTS_CONTAINER, poisonQueueOf, QUEUES, TABLES } from './storage/names.ts';
import { POLL_QUEUE, type PollMessage, WORK_QUEUE, type WorkMessage } from './storage/queue.ts';
import { Runs } from './storage/runs.ts';
import { StatusRows } from './storage/status-facts.ts';
import { StatusUpgrade } from './storage/status-upgrade.ts';
import { KeyVault } from './vault/key-vault.ts';
import { createSecretClient } from './vault/secret-client.ts';
import { VERSION } from './version.ts';

/** The clients of queues and blobs have a separate option in place of `requestTimeout`. */
const PATIENCE = { retryOptions: { tryTimeoutInMs: REQUEST_TIMEOUT_MS } };

export interface Services extends Deps {
  counts: CountReader;
  events: EventsQuery;
  health: HealthChecker;
  reads: SharedReads;
  /** Creates the queues of the triggers. */
  ensureQueues(): Promise<void>;
  /** The number of messages in the poison queues. */
  countPoison(): Promise<number>;
}

let config: Config | undefined;
/** `workflows` is missing: its durable client is bound to one invocation. */
export type ProcessServices = Omit<Services, 'workflows'>;

let services: ProcessServices | undefined;

/** The settings, read once. Throws a `ConfigError` that names a bad setting. */
export function getConfig(): Config {
  config ??= readConfig();
  return config;
}

/** The reason why the app cannot start with its settings. Undefined when it can. */
export function configRefusal(): ConfigError | undefined {
  try {
    getConfig();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

export function getServices(): ProcessServices {
  services ??= createServices(getConfig());
  return services;
}

function createServices(config: Config): ProcessServices {
  const { storage, proxy } = config;
  letSdkFollow(proxy);
  const identity = new DefaultAzureCredential(
    config.identityClientId ? { managedIdentityClientId: config.identityClientId } : {},
  );
  const clock = storageClock();
  const additionalPolicies = [clock.policy, requestTimeout()];
  const tables: AzureTable[] = [];
  const table = (name: string) => {
    const client =
      storage.kind === 'identity'
        ? new TableClient(storage.tableUrl, name, identity, { additionalPolicies })
        : TableClient.fromConnectionString(storage.connectionString, name, {
            additionalPolicies,
            // Azurite speaks http on the loopback address; Azure's own connection strings say
            // https.
            allowInsecureConnection: config.isDevelopment,
          });
    const made = new AzureTable(client);
    tables.push(made);
    return made;
  };
  const allTables = once(async () => {
    await Promise.all(tables.map((one) => one.ensure()));
  });
  const queue = (name: string) =>
    storage.kind === 'identity'
      ? new QueueClient(`${storage.queueUrl}/${name}`, identity, PATIENCE)
      : new QueueClient(storage.connectionString, name, PATIENCE);
  const pollQueue = new AzureQueue<PollMessage>(queue(POLL_QUEUE));
  const workQueue = new AzureQueue<WorkMessage>(queue(WORK_QUEUE));
  const vault = createSecretClient(config.keyVaultUrl, identity, {
    // The SDK checks the challenge against vault.azure.net, and a local vault has another name.
    disableChallengeResourceVerification: config.isDevelopment,
    additionalPolicies: [requestTimeout()],
  });
  const openContainer = async () => {
    const { ContainerClient } = await import('@azure/storage-blob');
    return storage.kind === 'identity'
      ? new ContainerClient(`${storage.blobUrl}/${LARGE_EVENTS_CONTAINER}`, identity, PATIENCE)
      : new ContainerClient(storage.connectionString, LARGE_EVENTS_CONTAINER, PATIENCE);
  };
  const sinkStores = {
    events: table(TABLES.events),
    deadLetters: table(TABLES.deadLetters),
    blobs: new AzureBlobs(openContainer),
  };
  const counts = new CountReader(sinkStores, systemClock);
  const testOrigins = new Set(config.oktaTestOrigins);
  const connectorsTable = table(TABLES.connectors);
  const checkpointsTable = table(TABLES.checkpoints);
  const statusTable = table(TABLES.status);
  const due = new DueIndex(statusTable);
  const heartbeats = new Heartbeats(statusTable);
  const keyVault = new KeyVault(vault);
  return {
    config,
    clock: systemClock,
    chance: systemChance,
    storageClock: clock,
    connectors: new Connectors(connectorsTable),
    eventHooks: new EventHooks(connectorsTable),
    status: new StatusRows(checkpointsTable),
    statusUpgrade: new StatusUpgrade(statusTable, checkpointsTable, due),
    due,
    heartbeats,
    checkpoints: new Checkpoints(checkpointsTable),
    sink: new TablesSink(sinkStores, systemChance),
    stagingSink: new TablesStaging(sinkStores, systemChance),
    sinkStores,
    counts,
    events: new EventsQuery(sinkStores, counts, systemClock),
    runs: new Runs(table(TABLES.runs), systemChance),
    audit: new Audit(table(TABLES.audit)),
    deliveries: new Deliveries(table(TABLES.deliveries)),
    pollQueue,
    workQueue,
    ensureQueues: async () => {
      await Promise.all([pollQueue.ensure(), workQueue.ensure()]);
    },
    countPoison: async () => {
      const counts = QUEUES.map((name) => countMessages(queue(poisonQueueOf(name))));
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    },
    vault: keyVault,
    health: new HealthChecker(
      {
        storage: async () => {
          await Promise.all([allTables(), checkWrites(statusTable, 'health')]);
        },
        vault: () => keyVault.latestVersion('health'),
        // Refused settings register a separate health function.
        settings: async () => {},
        timer: async () => {
          const tick = await heartbeats.lastTick(clock);
          // The first reply sets the storage clock, so the clock is read after it.
          return new TimerAges(tick, clock.nowMs());
        },
      },
      systemClock,
    ),
    reads: new SharedReads(),
    catchUps: new Slots(CATCH_UPS_AT_ONCE),
    governor: new Governor(),
    transport: createOktaTransport({ testOrigins, version: VERSION, proxy }),
    reach: createOktaReach({ testOrigins, proxy }),
  };
}

/** Repeats the work on each call until it has succeeded once. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return async () => {
    done ??= work();
    await done.catch((error: unknown) => {
      done = undefined;
      throw error;
    });
  };
}
