/**
 * The org's log: all committed events, in the order of commit (polling) and in the order of
 * `published` (bounded). Published events that are not committed yet are pending.
 */
import { eventText } from './event-text.ts';
import { type HistoryShape, historyOf, type Moment, trickleOf } from './schedule.ts';

export interface LoggedEvent extends Moment {
  /** Breaks ties: unique, in the order of creation. */
  sequence: number;
  /** Given texts are kept; generated texts are made again for each request. */
  text?: string;
}

export class EventLog {
  readonly #shape: HistoryShape;
  readonly committed: LoggedEvent[] = [];
  readonly published: LoggedEvent[] = [];
  /** In the order of commit. */
  #waiting: LoggedEvent[] = [];
  #trickled = 0;
  #appended = 0;

  constructor(shape: HistoryShape) {
    this.#shape = shape;
    this.#waiting = historyOf(shape)
      .map((moment, sequence) => ({ ...moment, sequence }))
      .sort((a, b) => a.persistedAtMs - b.persistedAtMs || a.sequence - b.sequence);
  }

  rawOf({ text, sequence, publishedMs }: LoggedEvent): string {
    return text ?? eventText(this.#shape.seed, sequence, publishedMs).raw;
  }

  /**
   * An event given as text, committed at this moment. Without `published` bounded queries never
   * show it.
   */
  append(text: string, publishedMs: number | undefined, persistedAtMs: number): void {
    const sequence = 1e12 + this.#appended++;
    this.#wait({ text, publishedMs: publishedMs ?? Number.NaN, persistedAtMs, sequence });
  }

  /** Commits due events. */
  advanceTo(nowMs: number): void {
    if (this.#shape.trickleEventsPerMinute > 0) {
      for (;;) {
        const moment = trickleOf(this.#shape, this.#trickled);
        if (moment.publishedMs > nowMs) break;
        this.#wait({ ...moment, sequence: this.#shape.events + this.#trickled++ });
      }
    }
    let due = 0;
    for (const event of this.#waiting) {
      if (event.persistedAtMs > nowMs) break;
      this.committed.push(event);
      if (!Number.isNaN(event.publishedMs)) insert(this.published, event, before);
      due++;
    }
    if (due > 0) this.#waiting = this.#waiting.slice(due);
  }

  #wait(event: LoggedEvent): void {
    insert(this.#waiting, event, (a, b) => a.persistedAtMs <= b.persistedAtMs);
  }
}

const before = (a: LoggedEvent, b: LoggedEvent): boolean =>
  a.publishedMs < b.publishedMs || (a.publishedMs === b.publishedMs && a.sequence < b.sequence);

/** Inserts into a sorted list, nearly always at the end. */
function insert(
  list: LoggedEvent[],
  event: LoggedEvent,
  isBefore: (a: LoggedEvent, b: LoggedEvent) => boolean,
): void {
  const last = list.at(-1);
  if (!last || isBefore(last, event)) list.push(event);
  else
    list.splice(
      firstIndex(list, (one) => !isBefore(one, event)),
      0,
      event,
    );
}

/** The first index for which the condition holds; it holds for all later indexes too. */
export function firstIndex(
  list: readonly LoggedEvent[],
  holds: (event: LoggedEvent) => boolean,
): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(list[middle] as LoggedEvent)) high = middle;
    else low = middle + 1;
  }
  return low;
}
