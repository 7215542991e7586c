/** When the demo org's events happen and when Okta commits them: a function of seed and birth. */
import { diceOf } from './dice.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** All inputs of the history: the same shape gives the same org. */
export interface HistoryShape {
  seed: number;
  /** Epoch milliseconds: the history is before birth, a steady rate of events after it. */
  bornAtMs: number;
  /** Events before birth, and the days over which they are spread. */
  events: number;
  days: number;
  trickleEventsPerMinute: number;
}

export interface Moment {
  publishedMs: number;
  /** When the event is committed to the log: a little later, sometimes much later. */
  persistedAtMs: number;
}

/** The events before birth, by `published`. */
export function historyOf(shape: HistoryShape): Moment[] {
  const startMs = shape.bornAtMs - shape.days * DAY_MS;
  const hours = Math.max(1, Math.round(shape.days * 24));
  const hourMs = (shape.days * DAY_MS) / hours;
  const weights = Array.from({ length: hours }, (_, hour) => weightAt(startMs + hour * hourMs));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const moments: Moment[] = [];
  let passed = 0;
  weights.forEach((weight, hour) => {
    passed += weight;
    // Rounded as a running total, so that the sum over all hours is exactly the requested number.
    const until = Math.round((passed / total) * shape.events);
    const count = until - moments.length;
    for (let n = 0; n < count; n++) {
      const offsetMs = Math.floor(((n + 0.5) / count) * hourMs);
      moments.push(moment(shape.seed, moments.length, startMs + hour * hourMs + offsetMs));
    }
  });
  return moments;
}

/** The n-th event after birth. */
export function trickleOf(shape: HistoryShape, n: number): Moment {
  const everyMs = 60_000 / shape.trickleEventsPerMinute;
  return moment(shape.seed, shape.events + n, shape.bornAtMs + Math.floor((n + 0.5) * everyMs));
}

/** Office hours, a quiet night, a quieter weekend. */
function weightAt(ms: number): number {
  const date = new Date(ms);
  const weekend = date.getUTCDay() % 6 === 0;
  const working = date.getUTCHours() >= 7 && date.getUTCHours() < 18;
  return (working ? 10 : 1.5) * (weekend ? 0.25 : 1);
}

function moment(seed: number, index: number, atMs: number): Moment {
  const dice = diceOf(seed, index, 1);
  // Every twentieth event has a full second as its time, like others: ties are normal.
  const publishedMs = dice.below(20) === 0 ? Math.floor(atMs / 1000) * 1000 : Math.floor(atMs);
  const chance = dice.next();
  const late = chance > 0.999 ? 3 * HOUR_MS : chance > 0.99 ? HOUR_MS / 3 : 2000;
  return { publishedMs, persistedAtMs: publishedMs + Math.floor(dice.next() * late) };
}
