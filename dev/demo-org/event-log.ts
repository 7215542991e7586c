/**
 * The org's log: every event that is committed by now, in the order of its committing (polling) and in
 * the order of `published` (bounded). What is published but not committed yet waits.
 */
import { eventText } from './event-text.ts';
import { type HistoryShape, historyOf, type Moment, trickleOf } from './schedule.ts';

export interface LoggedEvent extends Moment {
  /** Breaks ties: unique, and in the order of coming into being. */
  sequence: number;
  /** Given texts are kept; generated ones are made again whenever they are asked for. */
  text?: string;
}

export class EventLog {
  readonly #shape: HistoryShape;
  readonly committed: LoggedEvent[] = [];
  readonly published: LoggedEvent[] = [];
  /** By the time of committing. */
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

  /** An event given as text, committed at this moment. Without `published` bounded queries never show it. */
  append(text: string, publishedMs: number | undefined, persistedAtMs: number): void {
    const sequence = 1e12 + this.#appended++;
    this.#wait({ text, publishedMs: publishedMs ?? Number.NaN, persistedAtMs, sequence });
  }

  /** Commits what is due. */
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

/** Into a sorted list; nearly always at its end. */
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

/** The first index for which the condition holds, which then holds for all behind it. */
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
