/**
 * Saves the LokiJS databases of Azurite to SQLite, only the documents that changed. LokiJS itself
 * writes a database as one JSON text: seconds of CPU time for each save, and an error beyond the
 * 512 MB that a string of V8 can hold (docs/adr/0007-saving-azurite-incrementally.md).
 */
import fs from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type EntityCollection, indexEntities, isOfEntities } from './entity-index.ts';

/** At most this much is lost when every process is killed at once. */
const SAVE_INTERVAL_MS = 1_000;
const SQLITE_MAGIC = 'SQLite format 3';

interface Doc {
  $loki: number;
}

/** The parts of a LokiJS collection that are needed here. */
interface Collection extends Omit<EntityCollection, 'data'> {
  name: string;
  data: (Doc & { PartitionKey: string; RowKey: string })[];
  dirty: boolean;
  /** The ids of changed, added and removed documents since the last save. */
  dirtyIds: number[];
  get(id: number): Doc | null;
  ensureAllIndexes(force: boolean): void;
}

type Done = (error: unknown) => void;

/** The parts of LokiJS (1.5) that are needed here. */
export interface LokiDatabase {
  collections: Collection[];
  saveDatabaseInternal(callback: Done): void;
  loadJSONObject(database: unknown, options?: object): void;
  addCollection(name: string, options?: object): Collection;
  /** Leaves out what cannot be stored. */
  serializeReplacer(key: string, value: unknown): unknown;
}
type Stored = Pick<LokiDatabase, 'serializeReplacer'> & {
  collections: Pick<Collection, 'name' | 'dirtyIds' | 'get'>[];
};
type LokiOptions = Record<string, unknown>;
type LokiClass = new (file: string, options?: LokiOptions) => LokiDatabase;

/** LokiJS, with databases of files saved incrementally. Databases in memory stay as they are. */
export function incremental(Loki: LokiClass): LokiClass {
  return class IncrementalLoki extends Loki {
    readonly #store: DocumentStore | undefined;

    constructor(file: string, options: LokiOptions = {}) {
      const store = options.persistenceMethod === 'fs' ? new DocumentStore(file) : undefined;
      const adapter = store && {
        mode: 'incremental',
        loadDatabase: (_file: string, loaded: (database: unknown) => void) => loaded(store.load()),
      };
      const { persistenceMethod: _, ...others } = options;
      super(file, store ? { ...others, adapter, autosaveInterval: SAVE_INTERVAL_MS } : options);
      this.#store = store;
    }

    override saveDatabaseInternal(callback: Done): void {
      if (this.#store) callback(this.#store.save(this));
      else super.saveDatabaseInternal(callback);
    }

    override loadJSONObject(database: unknown, options?: object): void {
      super.loadJSONObject(database, options);
      for (const collection of this.collections) {
        if (isOfEntities(collection)) indexEntities(collection);
        else collection.ensureAllIndexes(true);
      }
    }

    override addCollection(name: string, collectionOptions?: object): Collection {
      const collection = super.addCollection(name, collectionOptions);
      if (isOfEntities(collection)) indexEntities(collection);
      return collection;
    }
  };
}

/** A database in a SQLite file: a row for each document, and one for all else. */
class DocumentStore {
  readonly #file: string;
  /** The collections of the last save. */
  #names: string | undefined;
  #open: { database: DatabaseSync; put: StatementSync; remove: StatementSync } | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** As LokiJS takes it from an adapter: the database, or the error. */
  load(): unknown {
    try {
      return startsWithMagic(this.#file) ? this.#read() : this.#convert();
    } catch (error) {
      return error;
    }
  }

  /** Writes all changes in one transaction. Returns the error, or null. */
  save(loki: LokiDatabase): unknown {
    try {
      this.#write(loki);
    } catch (error) {
      return error;
    }
    for (const collection of loki.collections) {
      collection.dirty = false;
      collection.dirtyIds = [];
    }
    return null;
  }

  #write(loki: Stored): void {
    const { database, put, remove } = this.#opened();
    const changed = loki.collections.filter(({ dirtyIds }) => dirtyIds.length > 0);
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const collection of changed)
        for (const id of new Set(collection.dirtyIds)) {
          const doc = collection.get(id);
          if (doc) put.run(collection.name, id, JSON.stringify(doc));
          else remove.run(collection.name, id);
        }
      const names = JSON.stringify(loki.collections.map(({ name }) => name));
      // Reads the whole file.
      if (names !== this.#names)
        database
          .prepare('DELETE FROM docs WHERE collection NOT IN (SELECT value FROM json_each(?))')
          .run(names);
      database.prepare('REPLACE INTO shell VALUES (1, ?)').run(shellOf(loki));
      database.exec('COMMIT');
      this.#names = names;
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }

  #read(): unknown {
    const { database } = this.#opened();
    const shell = database.prepare('SELECT json FROM shell').get();
    if (!shell) return null;
    const loki = JSON.parse(String(shell.json));
    const docs = database.prepare('SELECT json FROM docs WHERE collection = ? ORDER BY id');
    for (const collection of loki.collections)
      for (const { json } of docs.iterate(collection.name))
        collection.data.push(JSON.parse(String(json)));
    return loki;
  }

  /** The JSON text that LokiJS wrote before; it is replaced once all of it is in the new file. */
  #convert(): unknown {
    const loki = JSON.parse(fs.readFileSync(this.#file, 'utf8'));
    const draft = new DocumentStore(`${this.#file}.draft`);
    fs.rmSync(draft.#file, { force: true });
    const collections = loki.collections.map((collection: Collection) => {
      const docs = new Map(collection.data.map((doc) => [doc.$loki, doc]));
      return {
        ...collection,
        dirtyIds: [...docs.keys()],
        get: (id: number) => docs.get(id) ?? null,
      };
    });
    draft.#write({
      ...loki,
      collections,
      serializeReplacer: (_key: string, value: unknown) => value,
    });
    draft.#open?.database.close();
    fs.renameSync(draft.#file, this.#file);
    return this.#read();
  }

  #opened() {
    if (this.#open) return this.#open;
    const database = new DatabaseSync(this.#file);
    // A document of more than a quarter of a page takes pages of its own. Files keep their page size.
    database.exec('PRAGMA page_size = 16384');
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec('CREATE TABLE IF NOT EXISTS shell (id INTEGER PRIMARY KEY, json TEXT)');
    database.exec(
      'CREATE TABLE IF NOT EXISTS docs (collection TEXT, id INTEGER, json TEXT, PRIMARY KEY (collection, id)) WITHOUT ROWID',
    );
    const put = database.prepare('REPLACE INTO docs VALUES (?, ?, ?)');
    const remove = database.prepare('DELETE FROM docs WHERE collection = ? AND id = ?');
    this.#open = { database, put, remove };
    return this.#open;
  }
}

/** The database without its documents; its indexes are built again when it is loaded. */
function shellOf(loki: Stored): string {
  const emptied = (name: string) => [name, { name, dirty: true, values: [] }];
  const replace = (key: string, value: unknown) =>
    key === 'binaryIndices'
      ? Object.fromEntries(Object.keys(value as object).map(emptied))
      : loki.serializeReplacer(key, value);
  const collections = loki.collections.map((collection) => ({
    ...collection,
    data: [],
    idIndex: null,
    dirtyIds: [],
  }));
  return JSON.stringify({ ...loki, collections }, replace);
}

function startsWithMagic(file: string): boolean {
  const start = Buffer.alloc(SQLITE_MAGIC.length);
  const handle = fs.openSync(file, 'r');
  try {
    fs.readSync(handle, start);
  } finally {
    fs.closeSync(handle);
  }
  return start.toString('latin1') === SQLITE_MAGIC;
}
