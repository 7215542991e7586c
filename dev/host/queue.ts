/**
 * The queue trigger (docs/azure.md, "Queue trigger"): decodes base64, parses JSON for the handler,
 * retries a failed message after the visibility time-out, and moves it to `<queue>-poison` after too
 * many attempts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type DequeuedMessageItem, QueueServiceClient, RestError } from '@azure/storage-queue';
import type { RegisteredFunction } from './base/functions.ts';
import { type HostSettings, resolveSettings } from './base/host-json.ts';
import { LeasedMessage } from './base/leased-message.ts';
import { log } from './base/log.ts';
import type { Worker } from './base/worker.ts';

const SHORTEST_POLL_MS = 100;
/** The invisibility of a message while its handler runs; renewed before it expires. */
const HIDDEN_SECONDS = 600;

export interface Listener {
  stop(): Promise<void>;
}

export async function startQueues(
  worker: Worker,
  connectionString: string,
  settings: HostSettings['queues'],
): Promise<Listener> {
  const service = QueueServiceClient.fromConnectionString(connectionString);
  const listeners: QueueListener[] = [];
  for (const one of worker.withTrigger('queueTrigger')) {
    const listener = new QueueListener(worker, one, service, settings);
    listener.start();
    listeners.push(listener);
  }
  return {
    stop: async () => {
      await Promise.all(listeners.map((listener) => listener.stop()));
    },
  };
}

class QueueListener {
  readonly #worker: Worker;
  readonly #function: RegisteredFunction;
  readonly #service: QueueServiceClient;
  readonly #settings: HostSettings['queues'];
  readonly #name: string;
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(
    worker: Worker,
    one: RegisteredFunction,
    service: QueueServiceClient,
    settings: HostSettings['queues'],
  ) {
    this.#worker = worker;
    this.#function = one;
    this.#service = service;
    this.#settings = settings;
    this.#name = resolveSettings(one.trigger.queueName ?? '');
  }

  start(): void {
    this.#loop = this.#listen();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#running);
  }

  #queue(suffix = '') {
    return this.#service.getQueueClient(`${this.#name}${suffix}`);
  }

  async #listen(): Promise<void> {
    let pauseMs = SHORTEST_POLL_MS;
    while (!this.#stop.signal.aborted) {
      const { batchSize, newBatchThreshold, maxPollingIntervalMs } = this.#settings;
      const free = this.#running.size <= newBatchThreshold;
      const messages = free ? await this.#receive(batchSize) : [];
      for (const message of messages) {
        const running = this.#handle(message).finally(() => this.#running.delete(running));
        this.#running.add(running);
      }
      if (messages.length > 0) {
        pauseMs = SHORTEST_POLL_MS;
        continue;
      }
      const idle = delay(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      await (free ? idle : Promise.race(this.#running));
      pauseMs = Math.min(pauseMs * 2, maxPollingIntervalMs);
    }
  }

  async #receive(count: number): Promise<DequeuedMessageItem[]> {
    try {
      const { receivedMessageItems } = await this.#queue().receiveMessages({
        numberOfMessages: Math.min(count, 32),
        visibilityTimeout: HIDDEN_SECONDS,
      });
      return receivedMessageItems;
    } catch (error) {
      const missing = error instanceof RestError && error.statusCode === 404;
      // Like the real host, this host does not create the queue.
      if (missing) log('warning', 'Azure.Core.1', `404: there is no queue ${this.#name}`);
      else log('error', this.#function.name, `the queue cannot be read: ${String(error)}`);
      return [];
    }
  }

  async #handle(item: DequeuedMessageItem): Promise<void> {
    const message = new LeasedMessage(this.#queue(), item, HIDDEN_SECONDS);
    try {
      const text = fromBase64(item.messageText);
      const succeeded = text !== undefined && (await this.#invoke(text, item));
      if (succeeded) {
        await message.remove();
      } else if (text === undefined || item.dequeueCount >= this.#settings.maxDequeueCount) {
        const poison = this.#queue('-poison');
        await poison.createIfNotExists();
        await poison.sendMessage(item.messageText);
        await message.remove();
      } else {
        await message.showAgainIn(this.#settings.visibilityTimeoutSeconds);
      }
    } catch (error) {
      log('error', this.#function.name, `a message was lost sight of: ${String(error)}`);
    } finally {
      message.abandon();
    }
  }

  /** Returns false when the function threw. */
  async #invoke(text: string, message: DequeuedMessageItem): Promise<boolean> {
    try {
      await this.#worker.invoke(
        this.#function,
        [{ name: this.#function.trigger.name, data: { string: text } }],
        {
          DequeueCount: { string: String(message.dequeueCount) },
          Id: { string: message.messageId },
          InsertionTime: { string: message.insertedOn.toISOString() },
          ExpirationTime: { string: message.expiresOn.toISOString() },
        },
      );
      return true;
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log('error', this.#function.name, text);
      return false;
    }
  }
}

/** Undefined when the text is not base64. */
function fromBase64(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes.toString('utf8') : undefined;
}
