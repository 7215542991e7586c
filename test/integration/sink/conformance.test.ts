import { TableClient } from '@azure/data-tables';
import { ContainerClient } from '@azure/storage-blob';
import { beforeAll } from 'vitest';
import { systemChance } from '../../../shared/chance.ts';
import type { SinkStores } from '../../../shared/sink/stores.ts';
import { TablesSink } from '../../../shared/sink/tables-sink.ts';
import { AzureBlobs } from '../../../shared/storage/azure-blobs.ts';
import { AzureTable } from '../../../shared/storage/azure-table.ts';
import { describeSink } from '../../support/sink-conformance.ts';
import { endpointOf, newStorageAccount } from '../../support/storage-account.ts';
import { tablesRawsOf } from '../../support/tables-raws.ts';

let stores: SinkStores;
/** An address without a server. */
let away: SinkStores;

function storesAt(connectionString: string): SinkStores {
  const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
  const table = (name: string) =>
    new AzureTable(TableClient.fromConnectionString(connectionString, name, options));
  const openContainer = async () => new ContainerClient(connectionString, 'large-events');
  return {
    events: table('events'),
    deadLetters: table('deadletters'),
    blobs: new AzureBlobs(openContainer),
  };
}

beforeAll(async () => {
  const connectionString = await newStorageAccount();
  stores = storesAt(connectionString);
  away = storesAt(
    connectionString.replace(endpointOf(connectionString, 'Table'), 'http://127.0.0.1:9'),
  );
});

describeSink('on Azurite', () => ({
  sink: new TablesSink(stores, systemChance),
  broken: new TablesSink(away, systemChance),
  rawsOf: tablesRawsOf(stores),
}));
