/**
 * A storage queue: a message is delivered at least once, sometimes twice, sometimes late. It is
 * deleted after success, after five failures, or at the end of its time to live.
 */
import type { MessageQueue } from '../../shared/storage/queue.ts';
import { disturbed, type Tally } from './faults.ts';
import { type Line, storageAway } from './sim-table.ts';

const TIME_TO_LIVE_MS = 3_600_000;
/** A message in processing is hidden; without completion it becomes visible again. */
const HIDDEN_MS = 600_000;
const AFTER_FAILURE_MS = 30_000;
const MAX_DEQUEUES = 5;

export interface Message<T> {
  body: T;
  visibleAtMs: number;
  expiresAtMs: number;
  dequeues: number;
}

export class SimQueue<T> {
  messages: Message<T>[] = [];
  /** All sent messages. */
  readonly sent: T[] = [];
  readonly #time: { nowMs: number };
  readonly #tally: Tally;

  constructor(time: { nowMs: number }, tally: Tally) {
    this.#time = time;
    this.#tally = tally;
  }

  /** The port of one process. */
  reachedBy({ step, faults, dice, afterwards }: Line): MessageQueue<T> {
    return {
      send: async (body, delaySeconds = 0) => {
        await step();
        const lateMs = faults.onceIn(20, 'queue late') ? dice.below(600_000) : 0;
        const visibleAtMs = this.#time.nowMs + delaySeconds * 1000 + lateMs;
        const expiresAtMs = this.#time.nowMs + TIME_TO_LIVE_MS;
        const put = async () => {
          this.sent.push(body);
          this.messages.push({ body, visibleAtMs, expiresAtMs, dequeues: 0 });
        };
        await disturbed(faults.ofChange('queue'), put, storageAway, afterwards);
      },
    };
  }

  /** Takes a visible message and hides it, unless the service delivers it twice. */
  take({ faults, dice }: Line): Message<T> | undefined {
    const { nowMs } = this.#time;
    const expired = this.messages.filter((one) => one.expiresAtMs <= nowMs);
    for (const _ of expired) this.#tally.count('queue: expired');
    this.messages = this.messages.filter((one) => one.expiresAtMs > nowMs);
    const visible = this.messages.filter((one) => one.visibleAtMs <= nowMs);
    if (visible.length === 0) return undefined;
    const message = dice.pick(visible);
    message.dequeues++;
    if (!faults.onceIn(6, 'queue twice')) message.visibleAtMs = nowMs + HIDDEN_MS;
    return message;
  }

  /** Ends the processing of a message. */
  done(message: Message<T>, worked: boolean): void {
    if (worked || message.dequeues >= MAX_DEQUEUES) {
      if (!worked) this.#tally.count('queue: poison');
      this.messages = this.messages.filter((one) => one !== message);
    } else {
      message.visibleAtMs = this.#time.nowMs + AFTER_FAILURE_MS;
    }
  }
}
