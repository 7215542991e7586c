/** The port to Blob Storage, for what no table row can hold, and its adapter on Azure. */
import type { ContainerClient } from '@azure/storage-blob';
import { ProblemError } from '../errors.ts';
import { storageUnavailable } from './unavailable.ts';

export interface Blobs {
  /** Writes the text under the name, over whatever was there. */
  put(name: string, text: string): Promise<void>;
  /** Throws when there is no such blob. */
  get(name: string): Promise<string>;
  /** Also when there is none. */
  remove(name: string): Promise<void>;
  /** All whose names start so; false when `isOver` said to leave the rest. */
  removeUnder(prefix: string, isOver: () => boolean): Promise<boolean>;
}

export class AzureBlobs implements Blobs {
  readonly #container: ContainerClient;
  #created: Promise<unknown> | undefined;

  constructor(container: ContainerClient) {
    this.#container = container;
  }

  async put(name: string, text: string): Promise<void> {
    await this.#use(async () => {
      const bytes = Buffer.from(text);
      await this.#container.getBlockBlobClient(name).upload(bytes, bytes.length);
    });
  }

  async get(name: string): Promise<string> {
    return await this.#use(async () => {
      const bytes = await this.#container.getBlobClient(name).downloadToBuffer();
      return bytes.toString('utf8');
    });
  }

  async remove(name: string): Promise<void> {
    await this.#use(async () => {
      await this.#container.getBlobClient(name).deleteIfExists();
    });
  }

  async removeUnder(prefix: string, isOver: () => boolean): Promise<boolean> {
    return await this.#use(async () => {
      for await (const { name } of this.#container.listBlobsFlat({ prefix })) {
        if (isOver()) return false;
        await this.#container.getBlobClient(name).deleteIfExists();
      }
      return true;
    });
  }

  async #use<T>(work: () => Promise<T>): Promise<T> {
    try {
      this.#created ??= this.#container.createIfNotExists();
      await this.#created;
      return await work();
    } catch (cause) {
      this.#created = undefined;
      const message = 'Blob Storage did not do what was asked.';
      throw new ProblemError(storageUnavailable(message), { cause });
    }
  }
}
