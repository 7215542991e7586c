/**
 * An index of Azurite's table rows by partition and key. Azurite keeps sorted arrays, into which each
 * new row is inserted, and reads all rows of a table for each query: with a million rows, that is a
 * millisecond for a write and a second for a query (docs/adr/0007-saving-azurite-incrementally.md).
 */

interface Entity {
  PartitionKey: string;
  RowKey: string;
}

/** The parts of a LokiJS collection of rows that are needed here. */
export interface EntityCollection {
  data: Entity[];
  binaryIndices: Record<string, unknown>;
  insert(entity: Entity): Entity | undefined;
  update(entity: Entity): Entity;
  remove(entity: Entity): unknown;
  findOne(query: object): Entity | null;
  chain(): unknown;
  /** The rows of a partition, for the chain of one query. */
  inPartition?(partition: string): Pick<EntityCollection, 'chain'>;
}

/** The collection of a table is named after its account; the others begin with `$`. */
export const isOfEntities = ({ name }: { name: string }): boolean => /^[^$]+\$/.test(name);

/** Replaces the indexes of LokiJS by maps, which the collection keeps up to date. */
export function indexEntities(collection: EntityCollection): void {
  const partitions = new Map<string, Map<string, Entity>>();
  const add = (entity: Entity) => {
    const rows = partitions.get(entity.PartitionKey) ?? new Map<string, Entity>();
    partitions.set(entity.PartitionKey, rows.set(entity.RowKey, entity));
  };
  const drop = ({ PartitionKey, RowKey }: Entity) => {
    const rows = partitions.get(PartitionKey);
    rows?.delete(RowKey);
    if (rows?.size === 0) partitions.delete(PartitionKey);
  };
  collection.binaryIndices = {};
  for (const entity of collection.data) add(entity);
  const { insert, update, remove, findOne } = collection;
  Object.assign(collection, {
    insert: (entity: Entity) => {
      const inserted = insert.call(collection, entity);
      if (inserted) add(inserted);
      return inserted;
    },
    update: (entity: Entity) => {
      const updated = update.call(collection, entity);
      add(updated);
      return updated;
    },
    remove: (entity: Entity) => {
      const removed = remove.call(collection, entity);
      drop(entity);
      return removed;
    },
    findOne: (query: Partial<Entity>) => {
      const { PartitionKey, RowKey } = query;
      if (PartitionKey === undefined || RowKey === undefined)
        return findOne.call(collection, query);
      return partitions.get(PartitionKey)?.get(RowKey) ?? null;
    },
    inPartition: (partition: string) => ({
      chain: () => chainOf([...(partitions.get(partition)?.values() ?? [])]),
    }),
  });
}

/** The steps of a LokiJS result set that a query of Azurite uses. */
function chainOf(entities: Entity[]) {
  return {
    where: (wanted: (entity: Entity) => boolean) => chainOf(entities.filter(wanted)),
    sort: (compare: (a: Entity, b: Entity) => number) => chainOf(entities.toSorted(compare)),
    limit: (most: number) => chainOf(entities.slice(0, most)),
    data: () => entities,
  };
}

/** The partition that a filter is limited to, if it begins with one and holds no `or`. */
export function partitionOf(filter: string | undefined): string | undefined {
  if (!filter || /\bor\b/i.test(filter)) return undefined;
  const quoted = /^\(*PartitionKey eq '((?:[^']|'')*)'/.exec(filter)?.[1];
  return quoted?.replaceAll("''", "'");
}

interface EntityStore {
  getEntityCollection(...given: unknown[]): EntityCollection;
  queryTableEntities(
    context: unknown,
    account: string,
    table: string,
    options: { filter?: string },
    ...rest: unknown[]
  ): Promise<unknown>;
}

/** Lets the queries of Azurite's store read only the partition that they ask for. */
export function queryByPartition(store: EntityStore): void {
  const { queryTableEntities } = store;
  store.queryTableEntities = function (this: EntityStore, ...given) {
    const partition = partitionOf(given[3].filter);
    if (partition === undefined) return queryTableEntities.apply(this, given);
    const narrowed: EntityStore = Object.create(this, {
      getEntityCollection: {
        value: (...named: unknown[]) => {
          const collection = this.getEntityCollection(...named);
          return collection.inPartition?.(partition) ?? collection;
        },
      },
    });
    return queryTableEntities.apply(narrowed, given);
  };
}
