/** The `MessageQueue` port on Azure Queue Storage (or Azurite). */
import type { QueueClient } from '@azure/storage-queue';
import { ProblemError } from '../errors.ts';
import type { MessageQueue } from './queue.ts';
import { storageUnavailable } from './unavailable.ts';

/** Messages expire early: the timers send new messages. */
const TIME_TO_LIVE_SECONDS = 3600;

export class AzureQueue<T> implements MessageQueue<T> {
  readonly #client: QueueClient;
  #created: Promise<unknown> | undefined;

  constructor(client: QueueClient) {
    this.#client = client;
  }

  async send(message: T, delaySeconds = 0): Promise<void> {
    try {
      this.#created ??= this.#client.createIfNotExists();
      await this.#created;
      // The Functions host expects base64.
      const text = Buffer.from(JSON.stringify(message)).toString('base64');
      await this.#client.sendMessage(text, {
        visibilityTimeout: delaySeconds,
        messageTimeToLive: TIME_TO_LIVE_SECONDS,
      });
    } catch (cause) {
      this.#created = undefined;
      const message = 'Queue Storage did not take a message.';
      throw new ProblemError(storageUnavailable(message), { cause });
    }
  }
}
