/** The product's own stores, sinks and readers on the tables, vault and queues of a test. */
import { readConfig } from '../../shared/config.ts';
import type { Deps } from '../../shared/deps.ts';
import { CATCH_UPS_AT_ONCE } from '../../shared/ingest/live.ts';
import { Governor } from '../../shared/okta/governor.ts';
import { TablesSink } from '../../shared/sink/tables-sink.ts';
import { TablesStaging } from '../../shared/sink/tables-staging.ts';
import { Slots } from '../../shared/slots.ts';
import { Audit } from '../../shared/storage/audit.ts';
import type { Blobs } from '../../shared/storage/blobs.ts';
import { Checkpoints } from '../../shared/storage/checkpoints.ts';
import { Connectors } from '../../shared/storage/connectors.ts';
import { Deliveries } from '../../shared/storage/deliveries.ts';
import { DueIndex } from '../../shared/storage/due-index.ts';
import { EventHooks } from '../../shared/storage/event-hooks.ts';
import { Heartbeats } from '../../shared/storage/heartbeats.ts';
import { Runs } from '../../shared/storage/runs.ts';
import { StatusRows } from '../../shared/storage/status-facts.ts';
import { StatusUpgrade } from '../../shared/storage/status-upgrade.ts';
import type { Table } from '../../shared/storage/table.ts';

export const TABLES = [
  'connectors',
  'status',
  'checkpoints',
  'events',
  'deadletters',
  'runs',
  'deliveries',
  'audit',
] as const;
export type TableName = (typeof TABLES)[number];

/** The ports to other services. */
export type Outside = Pick<
  Deps,
  'clock' | 'chance' | 'storageClock' | 'vault' | 'pollQueue' | 'workQueue' | 'workflows'
> & { table(name: TableName): Table; blobs: Blobs };

/** All dependencies of a function, except the connection to Okta. */
export function depsOver(
  { table, blobs, ...outside }: Outside,
  settings: Record<string, string> = {},
): Omit<Deps, 'transport'> {
  const { chance } = outside;
  const due = new DueIndex(table('status'));
  const sinkStores = { events: table('events'), deadLetters: table('deadletters'), blobs };
  return {
    ...outside,
    config: readConfig({
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      KEY_VAULT_URL: 'https://contoso.vault.azure.net',
      ...settings,
    }),
    connectors: new Connectors(table('connectors')),
    eventHooks: new EventHooks(table('connectors')),
    status: new StatusRows(table('checkpoints')),
    statusUpgrade: new StatusUpgrade(table('status'), table('checkpoints'), due),
    due,
    heartbeats: new Heartbeats(table('status')),
    checkpoints: new Checkpoints(table('checkpoints')),
    sink: new TablesSink(sinkStores, chance),
    stagingSink: new TablesStaging(sinkStores, chance),
    sinkStores,
    runs: new Runs(table('runs'), chance),
    audit: new Audit(table('audit')),
    deliveries: new Deliveries(table('deliveries')),
    catchUps: new Slots(CATCH_UPS_AT_ONCE),
    governor: new Governor(),
    reach: {
      isProxied: () => false,
      tunnel: async () => undefined,
      resolve: async () => undefined,
      connect: async () => undefined,
    },
  };
}

/** The health of an app whose storage accepts writes. */
export const WELL = { passes: async () => true };
