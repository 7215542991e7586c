/**
 * Counts the distinct events that were ever stored, by day: the sum of the day counters, which
 * change in the same transaction as the events (docs/architecture.md, "Exact counters"). Reading
 * them costs a query for each day that is not folded into the index (retention.ts), so a sum is cached
 * for a while; `asOfMs` is its time.
 */
import type { Clock } from '../clock.ts';
import { factsOf, sumOfDay } from './day-index.ts';
import { dayPartition, eventsPartition } from './event-row.ts';
import type { SinkStores } from './stores.ts';

/**
 * At most about a tenth of the time is spent on counting: a sum is kept ten times as long as it
 * took, within these bounds. The contract allows an age of a minute.
 */
const KEEP_FACTOR = 10;
const SHORTEST_KEEP_MS = 1_000;
const LONGEST_KEEP_MS = 20_000;
const PARALLEL_QUERIES = 8;

export interface Counts {
  asOfMs: number;
  stored: number;
  deadLettered: number;
  /** Newest day first. */
  perDay: { date: string; events: number }[];
}

export class CountReader {
  readonly #stores: SinkStores;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Promise<{ counts: Counts; untilMs: number }>>();

  constructor(stores: SinkStores, clock: Clock) {
    this.#stores = stores;
    this.#clock = clock;
  }

  async counts(connectorId: string, generation: string): Promise<Counts> {
    const partition = eventsPartition(connectorId, generation);
    const kept = await this.#kept.get(partition)?.catch(() => undefined);
    if (kept && this.#clock.nowMs() < kept.untilMs) return kept.counts;
    const counting = this.#countToKeep(connectorId, generation);
    this.#kept.set(partition, counting);
    return (await counting).counts;
  }

  /** The days that hold events, newest first. */
  async days(connectorId: string, generation: string): Promise<string[]> {
    const days: string[] = [];
    const index = eventsPartition(connectorId, generation);
    for await (const row of this.#stores.events.list(index, { select: [] })) days.push(row.key);
    return days.reverse();
  }

  async #countToKeep(connectorId: string, generation: string) {
    const counts = await this.#count(connectorId, generation);
    const tookMs = this.#clock.nowMs() - counts.asOfMs;
    const keepMs = Math.min(Math.max(KEEP_FACTOR * tookMs, SHORTEST_KEEP_MS), LONGEST_KEEP_MS);
    return { counts, untilMs: counts.asOfMs + keepMs };
  }

  async #count(connectorId: string, generation: string): Promise<Counts> {
    const asOfMs = this.#clock.nowMs();
    const { events, deadLetters } = this.#stores;
    const index = events.list(eventsPartition(connectorId, generation), { select: ['events'] });
    const perDay: Counts['perDay'] = [];
    const unfolded: Counts['perDay'] = [];
    for await (const row of index) {
      const folded = factsOf(row).events;
      const day = { date: row.key, events: folded ?? 0 };
      perDay.unshift(day);
      if (folded === undefined) unfolded.unshift(day);
    }
    const queue = unfolded.values();
    const work = async () => {
      for (const day of queue) {
        const partition = dayPartition(connectorId, generation, day.date);
        day.events = (await sumOfDay(events, partition)).events;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_QUERIES }, work));
    const letters = await sumOfDay(deadLetters, eventsPartition(connectorId, generation));
    return {
      asOfMs,
      stored: perDay.reduce((total, day) => total + day.events, 0),
      deadLettered: letters.events,
      perDay,
    };
  }
}
