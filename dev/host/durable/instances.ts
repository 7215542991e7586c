/** The instances of the hub: one row each, with its history, changed by compare and swap. */
import { RestError, TableClient } from '@azure/data-tables';
import type { HistoryEvent } from './history.ts';

export type RuntimeStatus =
  | 'Pending'
  | 'Running'
  | 'Suspended'
  | 'Completed'
  | 'Failed'
  | 'Terminated';

export interface Instance {
  instanceId: string;
  name: string;
  /** New with every start and every continueAsNew. Results of an earlier execution are ignored. */
  executionId: string;
  runtimeStatus: RuntimeStatus;
  createdTime: string;
  lastUpdatedTime: string;
  input: unknown;
  output: unknown;
  customStatus: unknown;
  history: HistoryEvent[];
}

export interface StoredInstance {
  instance: Instance;
  etag: string;
}

/** A string property holds 32 Ki characters. */
const CHUNK = 32_000;
const MAX_CHARACTERS = 450_000;
const ROW_KEY = 'instance';

export const isActive = ({ runtimeStatus }: Instance): boolean =>
  runtimeStatus === 'Pending' || runtimeStatus === 'Running' || runtimeStatus === 'Suspended';

export class Instances {
  readonly #table: TableClient;

  constructor(connectionString: string, hubName: string) {
    this.#table = TableClient.fromConnectionString(connectionString, `${hubName}Instances`, {
      allowInsecureConnection: true,
    });
  }

  async open(): Promise<void> {
    await this.#table.createTable();
  }

  async get(instanceId: string): Promise<StoredInstance | undefined> {
    try {
      return decode(await this.#table.getEntity(instanceId, ROW_KEY));
    } catch (error) {
      if (error instanceof RestError && error.statusCode === 404) return undefined;
      throw error;
    }
  }

  async *list(): AsyncGenerator<StoredInstance> {
    for await (const entity of this.#table.listEntities()) yield decode(entity);
  }

  /** Creates the instance without an ETag, replaces it with an ETag. Returns false on a conflict. */
  async put(instance: Instance, etag?: string): Promise<boolean> {
    try {
      if (etag === undefined) await this.#table.createEntity(encode(instance));
      else await this.#table.updateEntity(encode(instance), 'Replace', { etag });
      return true;
    } catch (error) {
      const status = error instanceof RestError ? error.statusCode : undefined;
      if (status === 409 || status === 412 || status === 404) return false;
      throw error;
    }
  }

  async remove(instanceId: string): Promise<void> {
    await this.#table.deleteEntity(instanceId, ROW_KEY);
  }
}

function encode(instance: Instance): { partitionKey: string; rowKey: string } {
  const text = JSON.stringify(instance);
  if (text.length > MAX_CHARACTERS)
    throw new Error(`the history of ${instance.instanceId} is too long: continue as new earlier`);
  const entity: Record<string, string> = {};
  for (let n = 0; n * CHUNK < text.length; n++)
    entity[`json${n}`] = text.slice(n * CHUNK, (n + 1) * CHUNK);
  return { partitionKey: instance.instanceId, rowKey: ROW_KEY, ...entity };
}

function decode(entity: Record<string, unknown> & { etag?: string }): StoredInstance {
  let text = '';
  for (let n = 0; entity[`json${n}`] !== undefined; n++) text += entity[`json${n}`];
  return { instance: JSON.parse(text), etag: String(entity.etag) };
}
