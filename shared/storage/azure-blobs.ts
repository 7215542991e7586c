/** The `Blobs` port on Azure Blob Storage (or Azurite). */
import type { ContainerClient } from '@azure/storage-blob';
import type { OutOfTime } from '../clock.ts';
import { ProblemError } from '../errors.ts';
import type { Blobs } from './blobs.ts';
import { storageUnavailable } from './unavailable.ts';

export class AzureBlobs implements Blobs {
  readonly #open: () => Promise<ContainerClient>;
  #container: Promise<ContainerClient> | undefined;

  /** `open` is called for the first blob: most apps never need the client. */
  constructor(open: () => Promise<ContainerClient>) {
    this.#open = open;
  }

  async put(name: string, text: string): Promise<void> {
    await this.#use(async (container) => {
      const bytes = Buffer.from(text);
      await container.getBlockBlobClient(name).upload(bytes, bytes.length);
    });
  }

  async get(name: string): Promise<string | undefined> {
    return await this.#use(async (container) => {
      try {
        const bytes = await container.getBlobClient(name).downloadToBuffer();
        return bytes.toString('utf8');
      } catch (error) {
        if (isSaid(error, 'BlobNotFound')) return undefined;
        throw error;
      }
    });
  }

  async remove(name: string): Promise<void> {
    await this.#use(async (container) => {
      await container.getBlobClient(name).deleteIfExists();
    });
  }

  async removeUnder(prefix: string, outOfTime: OutOfTime): Promise<boolean> {
    return await this.#use(async (container) => {
      for await (const { name } of container.listBlobsFlat({ prefix })) {
        if (outOfTime()) return false;
        await container.getBlobClient(name).deleteIfExists();
      }
      return true;
    });
  }

  async #use<T>(work: (container: ContainerClient) => Promise<T>): Promise<T> {
    try {
      this.#container ??= this.#open();
      const container = await this.#container;
      try {
        return await work(container);
      } catch (error) {
        if (!isSaid(error, 'ContainerNotFound')) throw error;
        // Only when it is missing: an identity without the right to create containers can use an existing one.
        await container.createIfNotExists();
        return await work(container);
      }
    } catch (cause) {
      this.#container = undefined;
      const message = 'Blob Storage did not do what was asked.';
      throw new ProblemError(storageUnavailable(message), { cause });
    }
  }
}

/** Judged by the service's own code: a 404 of a proxy is not a missing blob. */
const isSaid = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
