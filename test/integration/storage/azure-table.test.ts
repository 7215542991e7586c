import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestTimeout } from '../../../shared/request-timeout.ts';
import { AzureTable } from '../../../shared/storage/azure-table.ts';

let silent: http.Server;
let table: AzureTable;

beforeAll(async () => {
  silent = http.createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as net.AddressInfo;
  const account = `AccountName=a;AccountKey=${Buffer.alloc(64).toString('base64')}`;
  const endpoint = `TableEndpoint=http://127.0.0.1:${port}/a`;
  const client = TableClient.fromConnectionString(
    `DefaultEndpointsProtocol=http;${account};${endpoint}`,
    'any',
    { allowInsecureConnection: true, additionalPolicies: [requestTimeout(50)] },
  );
  table = new AzureTable(client);
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

describe('a table service that never answers', () => {
  const problem = { problem: { code: 'StorageUnavailable' } };

  it('is given up for a read', async () => {
    await expect(table.get('p', 'k')).rejects.toMatchObject(problem);
  });

  it('is given up for a transaction', async () => {
    const operations = ['1', '2'].map((key) => ({ kind: 'create' as const, key, cells: {} }));
    await expect(table.batch('p', operations)).rejects.toMatchObject(problem);
  });
});
