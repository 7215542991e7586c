/** All data of the stack's services as text, for a search that must not find a secret. */
import { TableClient, TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';

export interface Stored {
  where: string;
  text: string;
}

export async function* everythingStored(connectionString: string): AsyncGenerator<Stored> {
  const options = { allowInsecureConnection: true };
  const tables = TableServiceClient.fromConnectionString(connectionString, options);
  for await (const { name = '' } of tables.listTables()) {
    const table = TableClient.fromConnectionString(connectionString, name, options);
    for await (const row of table.listEntities())
      yield { where: `table ${name}`, text: Object.values(row).map(textOf).join('\n') };
  }
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  for await (const { name } of queues.listQueues()) {
    const { peekedMessageItems } = await queues
      .getQueueClient(name)
      .peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems)
      yield { where: `queue ${name}`, text: `${messageText} ${fromBase64(messageText)}` };
  }
  const blobs = BlobServiceClient.fromConnectionString(connectionString);
  for await (const { name } of blobs.listContainers()) {
    const container = blobs.getContainerClient(name);
    for await (const blob of container.listBlobsFlat()) {
      const bytes = await container.getBlobClient(blob.name).downloadToBuffer();
      yield { where: `blob ${name}/${blob.name}`, text: bytes.toString() };
    }
  }
}

const textOf = (cell: unknown): string =>
  cell instanceof Uint8Array ? Buffer.from(cell).toString() : String(cell);

const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString();
