/**
 * A queue message that is being worked on: hidden from others for a while, and hidden again before
 * that is over, so that it shows up elsewhere only when this host has died.
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

  /** Done with: the message is gone. */
  async remove(): Promise<void> {
    await this.#endRenewal();
    await this.#queue.deleteMessage(this.#id, this.#popReceipt);
  }

  /** Given back: it shows up again after this long. */
  async showAgainIn(seconds: number): Promise<void> {
    await this.#endRenewal();
    await this.#hide(seconds);
  }

  /** No more renewals: it shows up by itself. */
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
