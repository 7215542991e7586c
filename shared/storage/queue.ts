/** The port to the queue of connectors to poll, and its adapter on Azure Storage. */
import type { QueueClient } from '@azure/storage-queue';
import { ProblemError } from '../errors.ts';

export const POLL_QUEUE = 'poll-connector';

export interface PollMessage {
  connectorId: string;
}

export interface PollQueue {
  /** The message shows up after the delay; at least once. */
  send(message: PollMessage, delaySeconds?: number): Promise<void>;
}

/** Messages nobody took are worthless after a while: the timer sends new ones. */
const TIME_TO_LIVE_SECONDS = 3600;

export class AzurePollQueue implements PollQueue {
  readonly #client: QueueClient;
  #created: Promise<unknown> | undefined;

  constructor(client: QueueClient) {
    this.#client = client;
  }

  async send(message: PollMessage, delaySeconds = 0): Promise<void> {
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
      throw new ProblemError(
        { code: 'StorageUnavailable', message, retryAfterSeconds: 5 },
        { cause },
      );
    }
  }
}
