/**
 * One instance of the app that polls many connectors: the real ticks and messages, and as many messages
 * at once as `host.json` allows. Only the queue service is simulated; its operations are counted.
 */
import fs from 'node:fs';
import type { Deps } from '../shared/deps.ts';
import { pollAll } from '../shared/ingest/poll-all.ts';
import { sendDue, tick } from '../shared/ingest/send-due.ts';
import { logLine } from '../shared/log-lines.ts';
import type { PollMessage } from '../shared/storage/queue.ts';

const hostJson = JSON.parse(fs.readFileSync('host.json', 'utf8'));
const { queues } = hostJson.extensions;
const { batchSize, newBatchThreshold } = queues;
export const MESSAGES_AT_ONCE: number = batchSize + newBatchThreshold;
/** A message is sent, received together with others, and deleted. */
const OPERATIONS_PER_MESSAGE = 2 + 1 / batchSize;
const MINUTE_MS = 60_000;

export class Instance {
  messages = 0;
  readonly #deps: Deps;
  readonly #waiting: (readonly string[])[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(deps: Deps) {
    this.#deps = { ...deps, pollQueue: { send: async (message) => this.#take(message) } };
  }

  get queueOperations(): number {
    return this.messages * OPERATIONS_PER_MESSAGE;
  }

  /** A tick of the poll timer, with all its turns. */
  async tick(): Promise<void> {
    await tick(this.#deps, MINUTE_MS);
    while ((await sendDue(this.#deps, 0)).sent > 0);
  }

  /** Resolves when all messages are processed. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #take(message: PollMessage): void {
    this.messages++;
    if (!('connectorIds' in message)) return;
    this.#waiting.push(message.connectorIds);
    this.#receive();
  }

  #receive(): void {
    if (this.#running.size > newBatchThreshold) return;
    for (const ids of this.#waiting.splice(0, batchSize)) {
      const failed = (id: string, error: unknown) => console.error(id, error);
      const run = pollAll(this.#deps, ids, { ended: () => {}, failed }).finally(() => {
        this.#running.delete(run);
        this.#receive();
      });
      this.#running.add(run);
    }
  }
}

/** The log of a poll and of a tick, as far as `host.json` lets it pass, for each of the connectors. */
export function logBytesPerPoll(connectors: number): number {
  const { logLevel } = hostJson.logging;
  const passes = (name: string) =>
    (logLevel[`Function.${name}.User`] ?? logLevel[`Function.${name}`] ?? logLevel.Function) ===
    'Information';
  const tickLine = logLine({ kind: 'tick', sent: connectors, oldestOverdueSeconds: 0 });
  const tickBytes = passes('poll-timer') ? tickLine.length : 0;
  const pollBytes = passes('poll-connector') ? 'poll contoso: done'.length : 0;
  return tickBytes / connectors + pollBytes;
}
