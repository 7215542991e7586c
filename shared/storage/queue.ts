/** The port to the app's queues. Messages hold names, never a secret. */

/** Connectors to poll: one message is a run of each of its connectors. */
export const POLL_QUEUE = 'poll-connector';
/** Work after a reply: deliveries of webhooks, cleaning up after a delete. */
export const WORK_QUEUE = 'connector-work';

export type PollMessage =
  | { connectorIds: readonly string[] }
  /** The parked message (ingest/watch-message.ts). The token distinguishes it from its copies. */
  | { watch: string };

export type WorkMessage =
  | { kind: 'cleanUp'; connectorId: string }
  | { kind: 'delivery'; deliveryKey: string };

export interface MessageQueue<T> {
  /**
   * Sends a message that becomes visible after the delay. It is delivered at least once. Throws a
   * `ProblemError` with `StorageUnavailable` when the service is unavailable.
   */
  send(message: T, delaySeconds?: number): Promise<void>;
}
