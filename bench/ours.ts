/** The product's core on the table service: planning, slices, sink, with four workers. */
import type { PipelineRequest, SendRequest } from '@azure/core-rest-pipeline';
import { TableClient } from '@azure/data-tables';
import { storageClock } from '../shared/azure/storage-clock.ts';
import { systemChance } from '../shared/chance.ts';
import { systemClock } from '../shared/clock.ts';
import { readConfig } from '../shared/config.ts';
import { provision } from '../shared/connectors/provision.ts';
import type { Deps } from '../shared/deps.ts';
import { CATCH_UPS_AT_ONCE } from '../shared/ingest/live.ts';
import { Governor } from '../shared/okta/governor.ts';
import { createOktaTransport } from '../shared/okta/undici-transport.ts';
import { TablesSink } from '../shared/sink/tables-sink.ts';
import { TablesStaging } from '../shared/sink/tables-staging.ts';
import { Slots } from '../shared/slots.ts';
import { AzureTable } from '../shared/storage/azure-table.ts';
import { Checkpoints } from '../shared/storage/checkpoints.ts';
import { Connectors } from '../shared/storage/connectors.ts';
import { DueIndex } from '../shared/storage/due-index.ts';
import { EventHooks } from '../shared/storage/event-hooks.ts';
import { Heartbeats } from '../shared/storage/heartbeats.ts';
import { Runs } from '../shared/storage/runs.ts';
import { StatusRows } from '../shared/storage/status-facts.ts';
import { StatusUpgrade } from '../shared/storage/status-upgrade.ts';
import { Token } from '../shared/token.ts';
import { MemoryBlobs } from '../test/support/memory-blobs.ts';
import { aConnector } from '../test/support/samples.ts';
import type { ContestInput, Measured } from './contest-input.ts';
import { workBackfill } from './worker.ts';

const WORKERS = 4;

/** Dependencies that neither a poll nor a slice uses. */
const NOT_USED = {} as Pick<Deps, 'audit' | 'deliveries' | 'workQueue' | 'reach'>;

/** `onOperation` is called with each request to the tables. */
export function depsFor({ connectionString, origin }: ContestInput, onOperation = () => {}): Deps {
  const clock = storageClock();
  const counter = {
    position: 'perRetry' as const,
    policy: {
      name: 'counter',
      sendRequest: async (request: PipelineRequest, next: SendRequest) => {
        onOperation();
        return await next(request);
      },
    },
  };
  const options = { additionalPolicies: [clock.policy, counter], allowInsecureConnection: true };
  const table = (name: string) =>
    new AzureTable(TableClient.fromConnectionString(connectionString, name, options));
  const stores = {
    events: table('events'),
    deadLetters: table('deadletters'),
    blobs: new MemoryBlobs(),
  };
  const due = new DueIndex(table('status'));
  return {
    config: readConfig({
      AzureWebJobsStorage: connectionString,
      KEY_VAULT_URL: 'https://bench.vault.azure.net',
      OKTA_TEST_ORIGINS: origin,
      AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    }),
    clock: systemClock,
    chance: systemChance,
    storageClock: clock,
    connectors: new Connectors(table('connectors')),
    eventHooks: new EventHooks(table('connectors')),
    status: new StatusRows(table('checkpoints')),
    statusUpgrade: new StatusUpgrade(table('status'), table('checkpoints'), due),
    due,
    heartbeats: new Heartbeats(table('status')),
    pollQueue: { send: async () => {} },
    checkpoints: new Checkpoints(table('checkpoints')),
    sink: new TablesSink(stores, systemChance),
    stagingSink: new TablesStaging(stores, systemChance),
    runs: new Runs(table('runs'), systemChance),
    vault: {
      set: async () => 'v1',
      get: async () => new Token('bench'),
      latestVersion: async () => 'v1',
      remove: async () => {},
    },
    catchUps: new Slots(CATCH_UPS_AT_ONCE),
    governor: new Governor(),
    transport: createOktaTransport({ testOrigins: new Set([origin]), version: 'bench' }),
    sinkStores: stores,
    workflows: { isActive: async () => true, start: async () => {}, purgeFinished: async () => {} },
    ...NOT_USED,
  };
}

export function connectorFor({ origin }: ContestInput, id = 'bench') {
  const domain = new URL(origin).host;
  const connectedAtMs = Date.now();
  return aConnector({ id, orgId: `00o${id}`, domain, origin, hosts: [domain], connectedAtMs });
}

/** Backfills the whole range. */
export async function ours(input: ContestInput): Promise<() => Promise<Measured>> {
  const deps = depsFor(input);
  const connector = connectorFor(input);
  await deps.connectors.claim(connector);
  await provision(deps, connector);
  return async () => {
    await Promise.all(
      Array.from({ length: WORKERS }, (_, worker) => workBackfill(deps, connector.id, worker)),
    );
    const ledger = await deps.checkpoints.backfill('bench', '0001');
    return { events: ledger?.value.events ?? 0 };
  };
}
