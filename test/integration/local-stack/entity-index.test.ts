/** Azurite with the index of rows behaves like Azurite without it. */
import fs from 'node:fs';
import { odata, TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../../dev/azurite.ts';
import { partitionOf } from '../../../dev/entity-index.ts';
import { tempDir } from '../../support/stack.ts';

describe('the partition of a filter', () => {
  it.each([
    ["PartitionKey eq 'a'", 'a'],
    ["PartitionKey eq 'o''clock' and RowKey ge 'x'", "o'clock"],
    ["PartitionKey eq 'a' and dueAtMs lt 5L", 'a'],
    ["RowKey eq 'a'", undefined],
    ["PartitionKey eq 'a' or PartitionKey eq 'b'", undefined],
    ["PartitionKey ge 'a'", undefined],
    [undefined, undefined],
  ])('%s', (filter, partition) => {
    expect(partitionOf(filter)).toBe(partition);
  });
});

describe('rows', () => {
  const dataDir = tempDir('entity-index');
  let azurite: Azurite;
  const table = () =>
    TableClient.fromConnectionString(azurite.connectionString, 'rows', {
      allowInsecureConnection: true,
    });
  const keysIn = async (partitionKey: string) => {
    const filter = odata`PartitionKey eq ${partitionKey}`;
    const rows = table().listEntities({ queryOptions: { filter } });
    return await Array.fromAsync(rows, ({ rowKey, n }) => `${rowKey}=${n}`);
  };

  beforeAll(async () => {
    azurite = await startAzurite({ dataDir });
    await table().createTable();
  });
  afterAll(async () => {
    await azurite.stop();
    fs.rmSync(dataDir, { recursive: true });
  });

  it('are found by partition and key after inserts, changes and deletes', async () => {
    const row = (partitionKey: string, rowKey: string, n: number) => ({ partitionKey, rowKey, n });
    for (const key of ['c', 'a', 'b']) await table().createEntity(row("o'clock", key, 1));
    await table().createEntity(row('other', 'a', 1));
    await table().upsertEntity(row("o'clock", 'a', 2), 'Replace');
    await table().upsertEntity(row("o'clock", 'b', 3), 'Merge');
    await table().deleteEntity("o'clock", 'c');
    expect(await keysIn("o'clock")).toEqual(['a=2', 'b=3']);
    expect(await keysIn('other')).toEqual(['a=1']);
    await expect(table().createEntity(row('other', 'a', 2))).rejects.toMatchObject({
      statusCode: 409,
    });
  });

  it('of a transaction that fails are as before', async () => {
    const actions: Parameters<TableClient['submitTransaction']>[0] = [
      ['upsert', { partitionKey: 'other', rowKey: 'a', n: 9 }, 'Replace'],
      ['create', { partitionKey: 'other', rowKey: 'new', n: 9 }],
      ['delete', { partitionKey: 'other', rowKey: 'never-there' }],
    ];
    await expect(table().submitTransaction(actions)).rejects.toThrow();
    expect(await keysIn('other')).toEqual(['a=1']);
  });

  it('are found again after a restart', async () => {
    await azurite.stop();
    azurite = await startAzurite({ dataDir });
    expect(await keysIn("o'clock")).toEqual(['a=2', 'b=3']);
    await table().deleteEntity("o'clock", 'a');
    expect(await keysIn("o'clock")).toEqual(['b=3']);
  });
});
