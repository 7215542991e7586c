/**
 * The index of a connector's days: a row for each day that contains events, or has contained events. A
 * writer announces a day before it adds to it (events-writer.ts), which clears the cells of the row.
 */
import * as z from 'zod';
import { number, toCells } from '../storage/cells.ts';
import type { Row, StorageClock, Table } from '../storage/table.ts';
import { HOUR_MS } from '../time.ts';
import { COUNTER_PREFIX } from './event-row.ts';

/**
 * A writer that has announced a day writes to it only within the longest time that a function may run.
 */
const WRITTEN_AFTER_MS = HOUR_MS;

const indexCells = z.object({
  /** An upper bound of the time of the last addition. */
  lastStoredAtMs: number.default(0).catch(0),
  /** Retention has deleted all events of the day. */
  emptied: z.boolean().default(false).catch(false),
  /** The sum of the day's counters, folded once no writer of the day was left. */
  events: number.optional().catch(undefined),
});
export type DayFacts = z.output<typeof indexCells>;

export const factsOf = (day: Row): DayFacts => indexCells.parse(day.cells);

/** True when no writer that has announced the day can still add to it. */
export const isQuiet = ({ storedAtMs }: Row, { nowMs }: StorageClock): boolean =>
  nowMs() - storedAtMs > WRITTEN_AFTER_MS;

/**
 * Records what was learned about a day, unless a writer has announced the day since the row was read.
 */
export async function note(
  events: Table,
  { partition, key, etag, cells }: Row,
  learnt: Partial<DayFacts>,
): Promise<void> {
  const noted = { ...cells, ...toCells(learnt) };
  await events.batch(partition, [{ kind: 'replace', key, etag, cells: noted }]);
}

/**
 * The sum of a day's counters, and the time of the last addition: each counter moves in the same
 * transaction as the rows that it counts.
 */
export async function sumOfDay(
  events: Table,
  partition: string,
): Promise<{ events: number; lastStoredAtMs: number }> {
  const sum = { events: 0, lastStoredAtMs: 0 };
  for await (const { storedAtMs, cells } of events.list(partition, { from: COUNTER_PREFIX })) {
    sum.events += Number(cells.events ?? 0);
    sum.lastStoredAtMs = Math.max(sum.lastStoredAtMs, storedAtMs);
  }
  return sum;
}
