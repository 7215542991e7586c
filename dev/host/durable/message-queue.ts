/**
 * A queue of the hub: its messages may come from any host on the same storage, and each is handled at
 * least once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { LeasedMessage } from '../base/leased-message.ts';
import { log } from '../base/log.ts';

const SHORTEST_POLL_MS = 200;
const LONGEST_POLL_MS = 1000;
const LONGEST_DELAY_SECONDS = 7 * 24 * 3600;

/** `done` deletes the message; `later` makes it visible again shortly. */
export type Handled = 'done' | 'later';

export class MessageQueue<T> {
  readonly #queue: QueueClient;
  readonly #parallel: number;
  readonly #hiddenSeconds: number;
  readonly #running = new Set<Promise<void>>();
  #wake = new AbortController();
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();

  /** `hiddenSeconds`: the message of a host that died becomes visible again after this time. */
  constructor(
    connectionString: string,
    name: string,
    { parallel, hiddenSeconds }: { parallel: number; hiddenSeconds: number },
  ) {
    this.#queue = new QueueClient(connectionString, name.toLowerCase());
    this.#parallel = parallel;
    this.#hiddenSeconds = hiddenSeconds;
  }

  async open(): Promise<void> {
    await this.#queue.createIfNotExists();
  }

  async send(message: T, delayMs = 0): Promise<void> {
    const text = Buffer.from(JSON.stringify(message)).toString('base64');
    // Whole seconds, rounded down like the real provider: timers end up to one second early.
    const seconds = Math.min(Math.max(0, Math.floor(delayMs / 1000)), LONGEST_DELAY_SECONDS - 60);
    await this.#queue.sendMessage(text, { visibilityTimeout: seconds, messageTimeToLive: -1 });
    if (seconds === 0) this.#wake.abort();
  }

  listen(handle: (message: T) => Promise<Handled>): void {
    this.#loop = this.#listen(handle);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.abort();
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #listen(handle: (message: T) => Promise<Handled>): Promise<void> {
    let pauseMs = SHORTEST_POLL_MS;
    while (!this.#stopped) {
      this.#wake = new AbortController();
      const free = this.#parallel - this.#running.size;
      const items = free > 0 ? await this.#receive(free) : [];
      for (const item of items) {
        const running = this.#process(item, handle).finally(() => this.#running.delete(running));
        this.#running.add(running);
      }
      if (items.length > 0) {
        pauseMs = SHORTEST_POLL_MS;
        continue;
      }
      const { signal } = this.#wake;
      const idle = delay(pauseMs, undefined, { signal }).catch(() => {});
      await (free > 0 ? idle : Promise.race(this.#running));
      pauseMs = signal.aborted ? SHORTEST_POLL_MS : Math.min(pauseMs * 2, LONGEST_POLL_MS);
    }
  }

  async #receive(count: number): Promise<DequeuedMessageItem[]> {
    try {
      const { receivedMessageItems } = await this.#queue.receiveMessages({
        numberOfMessages: Math.min(count, 32),
        visibilityTimeout: this.#hiddenSeconds,
      });
      return receivedMessageItems;
    } catch (error) {
      log('error', 'durable', `a queue of the hub cannot be read: ${String(error)}`);
      return [];
    }
  }

  async #process(
    item: DequeuedMessageItem,
    handle: (message: T) => Promise<Handled>,
  ): Promise<void> {
    const message = new LeasedMessage(this.#queue, item, this.#hiddenSeconds);
    try {
      const handled = await handle(JSON.parse(Buffer.from(item.messageText, 'base64').toString()));
      if (handled === 'later') await message.showAgainIn(1);
      else await message.remove();
    } catch (error) {
      // The message becomes visible again when its invisibility expires.
      log('error', 'durable', `a message of the hub failed: ${String(error)}`);
    } finally {
      message.abandon();
    }
  }
}
