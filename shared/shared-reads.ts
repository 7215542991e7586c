/**
 * Coalesces concurrent reads of one key. A caller that arrives during a read waits for the next
 * read, so no result is older than its request. For each key, one read runs at a time.
 */
interface Reading {
  running: Promise<unknown>;
  next: Promise<unknown> | undefined;
}

export class SharedReads {
  readonly #readings = new Map<string, Reading>();

  /** Calls with the same key must pass an equivalent `read`. */
  async share<T>(key: string, read: () => Promise<T>): Promise<T> {
    const reading = this.#readings.get(key);
    if (!reading) return await this.#start(key, read);
    reading.next ??= reading.running.then(
      () => this.#start(key, read),
      () => this.#start(key, read),
    );
    return (await reading.next) as T;
  }

  #start<T>(key: string, read: () => Promise<T>): Promise<T> {
    const running = read();
    const reading: Reading = { running, next: undefined };
    this.#readings.set(key, reading);
    const done = () => {
      if (!reading.next) this.#readings.delete(key);
    };
    running.then(done, done);
    return running;
  }
}
