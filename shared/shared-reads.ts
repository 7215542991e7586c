/**
 * Lets callers that ask for the same thing at the same time share a read, and stale answers to nobody:
 * who comes while a read is under way gets the next one, which begins after they asked. However many
 * ask, one read of a key runs at a time.
 */
interface Reading {
  running: Promise<unknown>;
  next: Promise<unknown> | undefined;
}

export class SharedReads {
  readonly #readings = new Map<string, Reading>();

  /** `key` stands for what is read: the same key, the same `read`. */
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
