/**
 * Table `status`, partition `app`: the last runs of the app's timers, and the parked message in the
 * poll queue that checks them (housekeeping/watch-timers.ts).
 */
import * as z from 'zod';
import { json, number, toCells } from './cells.ts';
import type { StorageClock, Table } from './table.ts';

const PARTITION = 'app';
const TICK_KEY = 'tick';
const HOUSEKEEPING_KEY = 'housekeeping';
const WATCH_KEY = 'watch';

/** An unreadable cell counts as very old: the next write replaces it. */
const long = number.catch(0);

const tickFields = z.object({
  /** When the poll timer last ran, by the storage's clock. */
  atMs: long,
  /** The time from this tick to the next, in milliseconds. */
  nextInMs: long,
  /** The longest delay among the connectors that were due at the last tick. */
  oldestOverdueMs: long,
});
export type Tick = z.output<typeof tickFields>;

const place = z.string().catch('');
const housekeptFields = z.object({
  /** When housekeeping last began, by the storage's clock. */
  atMs: long,
  /** The same time, written by versions that mark unfinished connectors. */
  marksAtMs: long,
  /** Whether each connector that was unfinished before there were marks has its mark. */
  allReconciled: z.boolean().catch(false),
  /** The ids after which the next run begins, of each step. */
  markedAfter: place,
  reconciledAfter: place,
  sweptAfter: place,
  expiredAfter: place,
  /** The connectors with more expired data. */
  expiring: json(z.array(z.string())).catch([]),
});
export type Housekept = z.output<typeof housekeptFields>;
export const FIRST_ROUND: Housekept = housekeptFields.parse({});

const watchFields = z.object({
  /** The token of the valid message. All other messages are dropped. */
  token: z.string().catch(''),
  dueAtMs: long,
});
export type WatchMark = z.output<typeof watchFields> & { etag: string };

export class Heartbeats {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * The last tick of the poll timer. Before the first tick, the age counts from the first call. The
   * clock is read after the first reply of the storage.
   */
  async lastTick(clock: StorageClock): Promise<Tick> {
    const row = await this.#table.get(PARTITION, TICK_KEY);
    if (row) return tickFields.parse(row.cells);
    const first: Tick = { atMs: clock.nowMs(), nextInMs: 0, oldestOverdueMs: 0 };
    await this.#table.batch(PARTITION, [{ kind: 'create', key: TICK_KEY, cells: toCells(first) }]);
    return first;
  }

  async ticked(tick: Tick): Promise<void> {
    await this.#table.batch(PARTITION, [{ kind: 'put', key: TICK_KEY, cells: toCells(tick) }]);
  }

  /** Records a delay that was not seen by the timer. The age of the timer's last tick is unchanged. */
  async sawOverdue(oldestOverdueMs: number): Promise<void> {
    const cells = toCells({ oldestOverdueMs });
    await this.#table.batch(PARTITION, [{ kind: 'merge', key: TICK_KEY, cells }]);
  }

  async lastHousekeeping(): Promise<Housekept> {
    const row = await this.#table.get(PARTITION, HOUSEKEEPING_KEY);
    return housekeptFields.parse(row?.cells ?? {});
  }

  /**
   * Records that a run begins, and returns what the run before it has left. After a run of a version
   * without marks, all connectors are to be reconciled again.
   */
  async beginHousekeeping(atMs: number): Promise<Housekept> {
    const before = await this.lastHousekeeping();
    const begun: Partial<Housekept> = { atMs, marksAtMs: atMs };
    if (before.marksAtMs !== before.atMs)
      Object.assign(begun, { allReconciled: false, reconciledAfter: '' });
    await this.housekept(begun);
    return { ...before, ...begun };
  }

  async housekept(learnt: Partial<Housekept>): Promise<void> {
    const cells = toCells(learnt);
    await this.#table.batch(PARTITION, [{ kind: 'merge', key: HOUSEKEEPING_KEY, cells }]);
  }

  async watch(): Promise<WatchMark | undefined> {
    const row = await this.#table.get(PARTITION, WATCH_KEY);
    return row && { ...watchFields.parse(row.cells), etag: row.etag };
  }

  /**
   * Makes another message the valid one, unless another process has done so since `before` was read.
   */
  async watchBy(before: WatchMark | undefined, token: string, dueAtMs: number): Promise<void> {
    const row = { key: WATCH_KEY, cells: toCells({ token, dueAtMs }) };
    await this.#table.batch(PARTITION, [
      before ? { ...row, kind: 'replace', etag: before.etag } : { ...row, kind: 'create' },
    ]);
  }
}
