/**
 * When events happen and when Okta commits them: pure functions of the seed and the birth. A
 * history before birth with the rhythm of an office, then a steady trickle, so that a demo shows
 * something at any hour.
 */
import { type Dice, PURPOSE, Dice as SeededDice } from './random.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What an org's history depends on, and nothing else: keep these to get the same org again. */
export interface HistoryShape {
  seed: number;
  /** When the history ends and the trickle begins, epoch milliseconds. */
  bornAtMs: number;
  /** Number of events before birth. */
  events: number;
  /** Days over which they are spread. */
  days: number;
  /** Events a minute after birth; 0 for a silent org. */
  trickleEventsPerMinute: number;
}
