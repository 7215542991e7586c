/** The `Table` port on Azure Table Storage (or Azurite). */
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import { RestError, type TableClient, type TableEntityResult } from '@azure/data-tables';
import { systemChance } from '../chance.ts';
import { systemClock } from '../clock.ts';
import { ProblemError } from '../errors.ts';
import { BatchRefused } from './batch-refused.ts';
import type { BatchResult, Cell, Cells, KeyRange, Operation, Row, Table } from './table.ts';
import { conflictOf, isTableMissing, isTimeout, refusedFor } from './table-errors.ts';
import { encodeTransaction, parseTransactionReply } from './transaction.ts';
import { storageUnavailable } from './unavailable.ts';

type Entity = TableEntityResult<Record<string, unknown>>;

const httpClient = createDefaultHttpClient();
const BATCH_HEADERS = {
  accept: 'application/json',
  'x-ms-version': '2019-02-02',
  DataServiceVersion: '3.0;',
  MaxDataServiceVersion: '3.0;NetFx',
};

const TRANSACTION_ATTEMPTS = 4;
const RETRY_AFTER_MS = 100;

const KEYS = ['partitionKey', 'rowKey', 'etag', 'timestamp'];

export class AzureTable implements Table {
  readonly #client: TableClient;

  constructor(client: TableClient) {
    this.#client = client;
  }

  async get(partition: string, key: string): Promise<Row | undefined> {
    return await this.#use(async () => {
      try {
        return toRow(await this.#client.getEntity(partition, key));
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 404) return undefined;
        throw error;
      }
    });
  }

  /**
   * Creates the table if it is missing. Throws `StorageUnavailable` when it is missing and cannot be
   * created.
   */
  async ensure(): Promise<void> {
    await this.#orMade(async () => {
      try {
        await this.#client.getEntity('check', 'check');
      } catch (error) {
        if (isTableMissing(error) || !(error instanceof RestError) || error.statusCode !== 404)
          throw error;
      }
    });
  }

  list(partition: string, range: KeyRange = {}): AsyncIterable<Row> {
    const clauses = [`PartitionKey eq ${quote(partition)}`];
    if (range.from !== undefined) clauses.push(`RowKey ge ${quote(range.from)}`);
    if (range.to !== undefined) clauses.push(`RowKey lt ${quote(range.to)}`);
    const { where } = range;
    if (where) clauses.push(`${where.cell} lt ${Math.ceil(where.below)}L`);
    return this.#query(clauses.join(' and '), range.select);
  }

  listPartitions(from: string, to: string, select?: string[]): AsyncIterable<Row> {
    return this.#query(`PartitionKey ge ${quote(from)} and PartitionKey lt ${quote(to)}`, select);
  }

  async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    return await this.#orMade(async () => {
      try {
        const only = operations.length === 1 ? operations[0] : undefined;
        if (only) return { ok: true, etags: [await this.#single(partition, only)] };
        return await this.#transaction(partition, operations);
      } catch (error) {
        if (isTableMissing(error)) throw error;
        const reason = operations.some(hasCondition) ? conflictOf(error) : undefined;
        if (reason) return { ok: false, reason };
        const rule = refusedFor(error);
        if (rule !== undefined) throw new BatchRefused(rule, { cause: error });
        throw error;
      }
    });
  }

  async #transaction(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    const { url, tableName, pipeline } = this.#client;
    const service = url.replace(/\/$/, '');
    const { contentType, body } = encodeTransaction(
      `${service}/${tableName}`,
      partition,
      operations,
    );
    const headers = { ...BATCH_HEADERS, 'Content-Type': contentType };
    for (let attempt = 1; ; attempt++) {
      const request = createPipelineRequest({
        url: `${service}/$batch`,
        method: 'POST',
        headers: createHttpHeaders(headers),
        body,
        allowInsecureConnection: service.startsWith('http:'),
      });
      const { status, bodyAsText } = await pipeline.sendRequest(httpClient, request);
      const reply = parseTransactionReply(status, bodyAsText ?? '', operations.length);
      if (reply.ok) return reply;
      // The pipeline retries failed responses, but a busy service can report it inside an accepted
      // transaction.
      if (status !== 202 || reply.status < 500 || attempt === TRANSACTION_ATTEMPTS)
        throw new RestError(`the transaction failed: ${reply.code ?? reply.status}`, {
          statusCode: reply.status,
          ...(reply.code ? { code: reply.code } : {}),
        });
      await systemClock.sleep(RETRY_AFTER_MS * 2 ** attempt * (0.5 + systemChance.random()));
    }
  }

  async #single(partition: string, operation: Operation): Promise<string | undefined> {
    const { key } = operation;
    if (operation.kind === 'delete') {
      await this.#client.deleteEntity(partition, key, { etag: operation.etag ?? '*' });
      return undefined;
    }
    const entity = toEntity(partition, key, operation.cells);
    switch (operation.kind) {
      case 'create':
        return (await this.#client.createEntity(entity)).etag;
      case 'replace':
        return (await this.#client.updateEntity(entity, 'Replace', { etag: operation.etag })).etag;
      case 'put':
        return (await this.#client.upsertEntity(entity, 'Replace')).etag;
      case 'merge':
        return (await this.#client.upsertEntity(entity, 'Merge')).etag;
    }
  }

  async *#query(filter: string, select?: string[]): AsyncGenerator<Row> {
    const queryOptions = {
      filter,
      ...(select ? { select: ['PartitionKey', 'RowKey', 'Timestamp', ...select] } : {}),
    };
    const pages = this.#client.listEntities({ queryOptions }).byPage();
    for (;;) {
      const { done, value } = await this.#use(() => pages.next()).catch(noPages);
      if (done) return;
      for (const entity of value) yield toRow(entity);
    }
  }

  /**
   * Creates the table only when it is missing: an identity that may not create tables can use existing
   * tables (docs/azure.md, "Tables of a deployment").
   */
  async #orMade<T>(work: () => Promise<T>): Promise<T> {
    return await this.#use(async () => {
      try {
        return await work();
      } catch (error) {
        if (!isTableMissing(error)) throw error;
        await this.#client.createTable();
        return await work();
      }
    });
  }

  /** Maps failures of the service to `StorageUnavailable`. */
  async #use<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof RestError) && !isTimeout(cause)) throw cause;
      const answer = cause instanceof RestError ? (cause.statusCode ?? cause.code) : undefined;
      const message = `Table Storage did not do what was asked (${answer ?? 'no answer'}).`;
      throw new ProblemError(storageUnavailable(message), { cause });
    }
  }
}

/** An unconditional operation cannot conflict: a conflict for it is a failure of the service. */
const hasCondition = ({ kind }: Operation): boolean => kind !== 'put' && kind !== 'merge';

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A missing table has no rows. */
function noPages(error: unknown): { done: true; value: undefined } {
  if (error instanceof ProblemError && isTableMissing(error.cause))
    return { done: true, value: undefined };
  throw error;
}

const toEntity = (partitionKey: string, rowKey: string, cells: Cells) => ({
  partitionKey,
  rowKey,
  ...cells,
});

function toRow(entity: Entity): Row {
  const cells: Cells = {};
  for (const [name, value] of Object.entries(entity)) {
    if (!KEYS.includes(name) && !name.startsWith('odata.')) cells[name] = value as Cell;
  }
  return {
    partition: entity.partitionKey ?? '',
    key: entity.rowKey ?? '',
    etag: entity.etag,
    storedAtMs: Date.parse(entity.timestamp ?? ''),
    cells,
  };
}
