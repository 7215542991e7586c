/** The port to our queues, and its adapter on Azure Storage. Messages hold names, never a secret. */
import type { QueueClient } from '@azure/storage-queue';
import { ProblemError } from '../errors.ts';
import { storageUnavailable } from './unavailable.ts';

/** Connectors to poll: one message is one run. */
export const POLL_QUEUE = 'poll-connector';
/** Work after a reply: deliveries of webhooks, cleaning up after a delete. */
export const WORK_QUEUE = 'connector-work';

export interface PollMessage {
  connectorId: string;
}

export type WorkMessage =
  | { kind: 'cleanUp'; connectorId: string }
  | { kind: 'delivery'; deliveryKey: string };

export interface MessageQueue<T> {
  /** The message shows up after the delay; at least once. */
  send(message: T, delaySeconds?: number): Promise<void>;
}

/** Messages nobody took are worthless after a while: the timers send new ones. */
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
