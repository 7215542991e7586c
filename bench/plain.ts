/** A simple loop for comparison: Okta's own SDK, and batches one after the other. */

import { TableClient, type TransactionAction } from '@azure/data-tables';
import okta from '@okta/okta-sdk-nodejs';
import type { ContestInput, Measured } from './contest-input.ts';

const BATCH = 100;
/** A string property holds 32 Ki characters; the rest is truncated here. */
const cut = (raw: string) => raw.slice(0, 32 * 1024);

export async function plain({ connectionString, origin }: ContestInput) {
  const options = { allowInsecureConnection: true };
  const table = TableClient.fromConnectionString(connectionString, 'plain', options);
  await table.createTable();
  // Supported by the SDK, but missing in its types.
  const testing = { testing: { disableHttpsCheck: true } };
  const client = new okta.Client({ orgUrl: origin, token: 'bench', ...testing });
  return async (): Promise<Measured> => {
    const until = new Date();
    const since = new Date(until.getTime() - 60 * 86_400_000);
    let batch: TransactionAction[] = [];
    let day = '';
    let events = 0;
    const flush = async () => {
      if (batch.length > 0) await table.submitTransaction(batch);
      batch = [];
    };
    const collection = await client.systemLogApi.listLogEvents({
      since: since.toISOString(),
      until: until.toISOString(),
      limit: 1000,
      sortOrder: 'ASCENDING',
    });
    await collection.each(async (event) => {
      const published = new Date(event.published as unknown as string).toISOString();
      if (batch.length === BATCH || published.slice(0, 10) !== day) await flush();
      day = published.slice(0, 10);
      const entity = {
        partitionKey: day,
        rowKey: `${event.uuid}`,
        raw: cut(JSON.stringify(event)),
      };
      batch.push(['upsert', entity, 'Replace']);
      events++;
    });
    await flush();
    return { events };
  };
}
