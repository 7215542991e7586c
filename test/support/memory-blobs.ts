import type { Blobs } from '../../shared/storage/blobs.ts';

/** The `Blobs` port in memory. */
export class MemoryBlobs implements Blobs {
  readonly texts = new Map<string, string>();

  async put(name: string, text: string): Promise<void> {
    this.texts.set(name, text);
  }

  async get(name: string): Promise<string | undefined> {
    return this.texts.get(name);
  }

  async remove(name: string): Promise<void> {
    this.texts.delete(name);
  }

  async removeUnder(prefix: string): Promise<boolean> {
    for (const name of this.texts.keys()) if (name.startsWith(prefix)) this.texts.delete(name);
    return true;
  }
}
