/**
 * A queue message during its processing. Its invisibility is renewed until the processing ends, so
 * another host receives the message only when this host has died.
 */
import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';

export class LeasedMessage {
  readonly #queue: QueueClient;
  readonly #id: string;
  readonly #renewal: NodeJS.Timeout;
  #popReceipt: string;
  #renewing: Promise<void> = Promise.resolve();

  constructor(queue: QueueClient, item: DequeuedMessageItem, hiddenSeconds: number) {
    this.#queue = queue;
    this.#id = item.messageId;
    this.#popReceipt = item.popReceipt;
    this.#renewal = setInterval(
      () => {
        this.#renewing = this.#hide(hiddenSeconds).catch(() => {});
      },
      (hiddenSeconds * 1000) / 3,
    );
  }

  /** Completes the message: it is deleted. */
  async remove(): Promise<void> {
    await this.#endRenewal();
    await this.#queue.deleteMessage(this.#id, this.#popReceipt);
  }

  /** Returns the message to the queue: it becomes visible after this time. */
  async showAgainIn(seconds: number): Promise<void> {
    await this.#endRenewal();
    await this.#hide(seconds);
  }

  /** Stops the renewal: the message becomes visible when its invisibility expires. */
  async #endRenewal(): Promise<void> {
    clearInterval(this.#renewal);
    await this.#renewing;
  }

  async #hide(seconds: number): Promise<void> {
    const { popReceipt } = await this.#queue.updateMessage(
      this.#id,
      this.#popReceipt,
      undefined,
      seconds,
    );
    this.#popReceipt = popReceipt ?? this.#popReceipt;
  }

  abandon(): void {
    clearInterval(this.#renewal);
  }
}
