/**
 * Table `status`, partition `app`: when the timers of the app last ran, and the one message that is parked
 * in the poll queue to see that they do (housekeeping/watch-timers.ts).
 */
import * as z from 'zod';
import { number, toCells } from './cells.ts';
import type { StorageClock, Table } from './table.ts';

const PARTITION = 'app';
const TICK_KEY = 'tick';
const HOUSEKEEPING_KEY = 'housekeeping';
const WATCH_KEY = 'watch';

/** A cell that cannot be read is as old as can be: the next turn writes it anew. */
const long = number.catch(0);

const tickFields = z.object({
  /** When the poll timer last ran, by the storage's clock. */
  atMs: long,
  /** When the next tick was to follow. */
  nextInMs: long,
  /** How long the connector that had waited longest was overdue when the due ones were last queued. */
  oldestOverdueMs: long,
});
export type Tick = z.output<typeof tickFields>;

const watchFields = z.object({
  /** Of the message that counts: any other is dropped. */
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
   * The last tick of the poll timer. Where there was none yet, its age counts from the first time that
   * somebody asked. The clock is read after the storage has told its time.
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

  /** By another than the timer, which leaves the age of its last tick as it is. */
  async sawOverdue(oldestOverdueMs: number): Promise<void> {
    const cells = toCells({ oldestOverdueMs });
    await this.#table.batch(PARTITION, [{ kind: 'merge', key: TICK_KEY, cells }]);
  }

  async lastHousekeepingMs(): Promise<number> {
    const row = await this.#table.get(PARTITION, HOUSEKEEPING_KEY);
    return long.parse(row?.cells.atMs);
  }

  async housekept(atMs: number): Promise<void> {
    const cells = toCells({ atMs });
    await this.#table.batch(PARTITION, [{ kind: 'put', key: HOUSEKEEPING_KEY, cells }]);
  }

  async watch(): Promise<WatchMark | undefined> {
    const row = await this.#table.get(PARTITION, WATCH_KEY);
    return row && { ...watchFields.parse(row.cells), etag: row.etag };
  }

  /** Makes another message the one that counts, unless somebody has done so since `before` was read. */
  async watchBy(before: WatchMark | undefined, token: string, dueAtMs: number): Promise<void> {
    const row = { key: WATCH_KEY, cells: toCells({ token, dueAtMs }) };
    await this.#table.batch(PARTITION, [
      before ? { ...row, kind: 'replace', etag: before.etag } : { ...row, kind: 'create' },
    ]);
  }
}
