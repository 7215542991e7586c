/** The `MessageQueue` port on Azure Queue Storage (or Azurite). */
import { type QueueClient, RestError } from '@azure/storage-queue';
import { ProblemError } from '../errors.ts';
import type { MessageQueue } from './queue.ts';
import { storageUnavailable } from './unavailable.ts';

/** Messages expire early: the timers send new messages. */
const TIME_TO_LIVE_SECONDS = 3600;

export class AzureQueue<T> implements MessageQueue<T> {
  readonly #client: QueueClient;

  constructor(client: QueueClient) {
    this.#client = client;
  }

  /**
   * Creates the queue if it is missing, because a queue trigger does not create it (docs/azure.md,
   * "Queue trigger").
   */
  async ensure(): Promise<void> {
    await this.#client.createIfNotExists();
  }

  async send(message: T, delaySeconds = 0): Promise<void> {
    try {
      // The Functions host expects base64.
      const text = Buffer.from(JSON.stringify(message)).toString('base64');
      const send = async () =>
        await this.#client.sendMessage(text, {
          visibilityTimeout: delaySeconds,
          messageTimeToLive: TIME_TO_LIVE_SECONDS,
        });
      try {
        await send();
      } catch (error) {
        if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
        await this.#client.createIfNotExists();
        await send();
      }
    } catch (cause) {
      const message = 'Queue Storage did not take a message.';
      throw new ProblemError(storageUnavailable(message), { cause });
    }
  }
}

/** Approximate; 0 when the queue does not exist. Throws like `send`. */
export async function countMessages(client: QueueClient): Promise<number> {
  try {
    return (await client.getProperties()).approximateMessagesCount ?? 0;
  } catch (cause) {
    if (cause instanceof RestError && cause.statusCode === 404) return 0;
    const message = 'Queue Storage did not count its messages.';
    throw new ProblemError(storageUnavailable(message), { cause });
  }
}
