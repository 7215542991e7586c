import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TableClient } from '@azure/data-tables';
import { QueueClient } from '@azure/storage-queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAzurite } from '../../../dev/azurite.ts';
import { incremental } from '../../../dev/incremental-loki.ts';
import { tempDir, until } from '../../support/stack.ts';

const require = createRequire(
  createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js'),
);
const Loki = require('lokijs');
const IncrementalLoki = incremental(Loki) as any;

let folder: string;
let file: string;
beforeEach(() => {
  folder = tempDir('loki');
  file = path.join(folder, 'database.json');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const called = (call: (done: (error: unknown) => void) => void) =>
  new Promise<void>((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
const open = async (Class = IncrementalLoki) => {
  const database = new Class(file, { persistenceMethod: 'fs' });
  if (fs.existsSync(file)) await called((done) => database.loadDatabase({}, done));
  return database;
};
const save = (database: any) => called((done) => database.saveDatabase(done));
const namesIn = (database: any, collection = 'people') =>
  database.getCollection(collection)?.data.map(({ name }: any) => name);

describe('a database that is saved incrementally', () => {
  it('holds after a restart what was added, changed and removed', async () => {
    const before = await open();
    const people = before.addCollection('people', { indices: ['name'] });
    const [ada, , eva] = ['Ada', 'Bob', 'Eva'].map((name) => people.insert({ name }));
    await save(before);
    people.remove(ada);
    people.update(Object.assign(eva, { name: 'Eve' }));
    people.insert({ name: 'Max' });
    await save(before);

    const after = await open();
    expect(namesIn(after)).toEqual(['Bob', 'Eve', 'Max']);
    expect(after.getCollection('people').find({ name: 'Eve' })).toHaveLength(1);
    expect(after.getCollection('people').insert({ name: 'New' }).$loki).toBe(5);
  });

  it('forgets a removed collection', async () => {
    const before = await open();
    for (const name of ['people', 'places']) before.addCollection(name).insert({ name });
    await save(before);
    before.removeCollection('people');
    await save(before);
    const after = await open();
    expect([namesIn(after), namesIn(after, 'places')]).toEqual([undefined, ['places']]);
  });

  it('writes only the documents that have changed', async () => {
    const database = await open();
    const people = database.addCollection('people');
    const [, bob] = ['Ada', 'Bob'].map((name) => people.insert({ name }));
    await save(database);
    const other = new DatabaseSync(file);
    other.exec(`UPDATE docs SET json = '{"name":"untouched","$loki":1}' WHERE id = 1`);
    other.close();
    people.update(Object.assign(bob, { name: 'Bea' }));
    await save(database);
    expect(namesIn(await open())).toEqual(['untouched', 'Bea']);
  });

  it('is taken over from the JSON text that LokiJS wrote before', async () => {
    const before = await open(Loki);
    const people = before.addCollection('people', { indices: ['name'] });
    for (const name of ['Ada', 'Bob']) people.insert({ name });
    await save(before);
    expect(JSON.parse(fs.readFileSync(file, 'utf8')).collections).toHaveLength(1);

    const taken = await open();
    expect(namesIn(taken)).toEqual(['Ada', 'Bob']);
    taken.getCollection('people').insert({ name: 'Max' });
    await save(taken);
    expect(namesIn(await open())).toEqual(['Ada', 'Bob', 'Max']);
  });
});

it('Azurite has after a kill -9 what was saved before it', async () => {
  const [first, second] = [
    { partitionKey: 'p', rowKey: '1' },
    { partitionKey: 'p', rowKey: '2' },
  ];
  const before = await startAzurite({ dataDir: folder });
  const clientsOf = ({ connectionString }: { connectionString: string }) => ({
    table: TableClient.fromConnectionString(connectionString, 'rows', {
      allowInsecureConnection: true,
    }),
    queue: new QueueClient(connectionString, 'messages'),
  });
  const { table, queue } = clientsOf(before);
  await table.createTable();
  await queue.create();
  await queue.sendMessage('text');
  await table.submitTransaction([
    ['create', first],
    ['create', { ...second, data: new Uint8Array([1, 2, 3]) }],
  ]);
  await table.deleteEntity('p', '1');
  const holds = (name: string, count: number) => {
    const database = new DatabaseSync(path.join(folder, 'azurite', name), { readOnly: true });
    try {
      const rows = database.prepare("SELECT json FROM docs WHERE json LIKE '%RowKey%'").all();
      const messages = database.prepare("SELECT json FROM docs WHERE json LIKE '%popReceipt%'");
      return rows.length + messages.all().length === count;
    } finally {
      database.close();
    }
  };
  await until('the last change to be saved', async () =>
    holds('__azurite_db_table__.json', 1) && holds('__azurite_db_queue__.json', 1)
      ? true
      : undefined,
  );
  process.kill(before.pid, 'SIGKILL');
  await before.exited;

  const after = await startAzurite({ dataDir: folder });
  const { table: rows, queue: messages } = clientsOf(after);
  const found = await Array.fromAsync(rows.listEntities());
  expect(found).toMatchObject([{ rowKey: '2', data: Buffer.from([1, 2, 3]) }]);
  expect((await messages.receiveMessages()).receivedMessageItems).toMatchObject([
    { messageText: 'text' },
  ]);
  await after.stop();
});
