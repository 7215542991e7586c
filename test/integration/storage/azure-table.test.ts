import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestTimeout } from '../../../shared/azure/request-timeout.ts';
import { AzureTable } from '../../../shared/storage/azure-table.ts';
import { BatchRefused } from '../../../shared/storage/batch-refused.ts';
import { newStorageAccount } from '../../support/storage-account.ts';

const servers: http.Server[] = [];
const problem = { problem: { code: 'StorageUnavailable' } };

/** A table of a service that gives the same reply to every request. */
async function tableThat(answers: http.RequestListener): Promise<AzureTable> {
  const server = http.createServer(answers).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const account = `AccountName=a;AccountKey=${Buffer.alloc(64).toString('base64')}`;
  const endpoint = `TableEndpoint=http://127.0.0.1:${port}/a`;
  const client = TableClient.fromConnectionString(
    `DefaultEndpointsProtocol=http;${account};${endpoint}`,
    'any',
    { allowInsecureConnection: true, additionalPolicies: [requestTimeout(50)] },
  );
  return new AzureTable(client);
}

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

describe('a table service that never answers', () => {
  let table: AzureTable;
  beforeAll(async () => {
    table = await tableThat(() => {});
  });

  it('is abandoned for a read', async () => {
    await expect(table.get('p', 'k')).rejects.toMatchObject(problem);
  });

  it('is abandoned for a transaction', async () => {
    const operations = ['1', '2'].map((key) => ({ kind: 'create' as const, key, cells: {} }));
    await expect(table.batch('p', operations)).rejects.toMatchObject(problem);
  });
});

/** The reply to every change, as a transaction or as a single operation. */
const answering =
  (status: number): http.RequestListener =>
  ({ url }, response) => {
    const part = '--changesetresponse_1';
    const inBatch = `${part}\r\n\r\nHTTP/1.1 ${status} Any\r\n\r\n{}\r\n${part}--`;
    const multipart = { 'content-type': 'multipart/mixed; boundary=batchresponse_1' };
    if (url?.endsWith('$batch')) response.writeHead(202, multipart).end(inBatch);
    else response.writeHead(url?.endsWith('/Tables') ? 204 : status).end();
  };

describe('a table service that answers only one of two operations', () => {
  it('counts as failed', async () => {
    const table = await tableThat(answering(204));
    const operations = ['1', '2'].map((key) => ({ kind: 'create' as const, key, cells: {} }));
    await expect(table.batch('p', operations)).rejects.toMatchObject(problem);
  });
});

describe('a table service that refuses an operation because of a condition', () => {
  const replace = { kind: 'replace' as const, key: '1', cells: {}, etag: 'W/"1"' };
  const puts = ['2', '3'].map((key) => ({ kind: 'put' as const, key, cells: {} }));
  let table: AzureTable;
  beforeAll(async () => {
    table = await tableThat(answering(412));
  });

  it.each([1, 2])(
    'reports a conflict for conditional operations, in %i operations',
    async (count) => {
      const operations = [replace, ...puts].slice(0, count);
      expect(await table.batch('p', operations)).toEqual({ ok: false, reason: 'stale' });
    },
  );

  it.each([1, 2])(
    'counts as failed for unconditional operations, in %i operations',
    async (count) => {
      await expect(table.batch('p', puts.slice(0, count))).rejects.toMatchObject(problem);
    },
  );
});

describe('a table service that refuses a row because of its content', () => {
  const said = (status: number, body: string): http.RequestListener => {
    const part = '--changesetresponse_1';
    const inBatch = `${part}\r\n\r\nHTTP/1.1 ${status} Any\r\n\r\n${body}\r\n${part}--`;
    return ({ url }, response) => {
      const multipart = { 'content-type': 'multipart/mixed; boundary=batchresponse_1' };
      const json = { 'content-type': 'application/json' };
      if (url?.endsWith('$batch')) response.writeHead(202, multipart).end(inBatch);
      else if (url?.endsWith('/Tables')) response.writeHead(204).end();
      else response.writeHead(status, json).end(body);
    };
  };
  const error = (code: string) =>
    `{"odata.error":{"code":"${code}","message":{"lang":"en-US","value":"0:odd\\nRequestId:1"}}}`;
  const puts = ['2', '3'].map((key) => ({ kind: 'put' as const, key, cells: {} }));

  it.each([1, 2])('names the rule, in %i operations', async (count) => {
    const table = await tableThat(said(400, error('PropertyValueTooLarge')));
    const failure = await table.batch('p', puts.slice(0, count)).catch((thrown) => thrown);
    expect(failure).toBeInstanceOf(BatchRefused);
    expect(failure).toMatchObject({ rule: 'PropertyValueTooLarge', ...problem });
  });

  it.each([
    [400, '<html>a proxy</html>'],
    [403, error('AuthorizationFailure')],
    [501, error('NotImplemented')],
  ])('is distinguished from a service that does not work: %i %s', async (status, body) => {
    const table = await tableThat(said(status, body));
    for (const count of [1, 2]) {
      const failure = await table.batch('p', puts.slice(0, count)).catch((thrown) => thrown);
      expect(failure).toMatchObject(problem);
      expect(failure).not.toBeInstanceOf(BatchRefused);
    }
  });
});

describe('a table that does not exist', () => {
  const create = { kind: 'create' as const, key: '1', cells: { n: 1n } };
  const tableOf = async () => {
    const options = { allowInsecureConnection: true };
    return new AzureTable(
      TableClient.fromConnectionString(await newStorageAccount(), 'fresh', options),
    );
  };

  it('has no rows', async () => {
    const table = await tableOf();
    expect(await table.get('p', '1')).toBeUndefined();
    expect(await Array.fromAsync(table.list('p'))).toEqual([]);
  });

  it.each([1, 2])('is created by the first %i rows', async (count) => {
    const table = await tableOf();
    const rows = [create, { ...create, key: '2' }].slice(0, count);
    expect(await table.batch('p', rows)).toMatchObject({ ok: true });
    expect(await Array.fromAsync(table.list('p'))).toHaveLength(count);
  });

  it.each([1, 2])('contains no row that a write of %i rows could replace', async (count) => {
    const table = await tableOf();
    const replace = { ...create, kind: 'replace' as const, etag: 'W/"1"' };
    const rows = [replace, { ...create, key: '2' }].slice(0, count);
    expect(await table.batch('p', rows)).toEqual({ ok: false, reason: 'stale' });
    expect(await table.get('p', '2')).toBeUndefined();
  });

  it('is reported when it cannot be created', async () => {
    const missing = JSON.stringify({ 'odata.error': { code: 'TableNotFound' } });
    const table = await tableThat(({ url }, response) => {
      const json = { 'content-type': 'application/json' };
      response.writeHead(url?.endsWith('/Tables') ? 403 : 404, json).end(missing);
    });
    await expect(table.ensure()).rejects.toMatchObject(problem);
    await expect(table.batch('p', [create])).rejects.toMatchObject(problem);
  });
});

it('an existing table is used by an app that may not create tables', async () => {
  const table = await tableThat(({ url, method }, response) => {
    const status = url?.endsWith('/Tables') ? 403 : method === 'GET' ? 404 : 204;
    response.writeHead(status).end();
  });
  await table.ensure();
  expect(await table.get('p', 'k')).toBeUndefined();
  expect(await table.batch('p', [{ kind: 'put', key: '1', cells: {} }])).toMatchObject({
    ok: true,
  });
});
