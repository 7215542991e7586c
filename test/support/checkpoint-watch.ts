/**
 * Checks the checkpoints at every effect: no interleaving may move a cursor, a counter or a frontier
 * back, count events that Okta did not serve, or plan the same time twice.
 */
import { NO_COUNTS } from '../../shared/storage/positions.ts';
import type { Cells } from '../../shared/storage/table.ts';
import type { TimeRange } from '../../shared/time-ranges.ts';
import type { Change } from './memory-table.ts';

const COUNTERS = Object.keys(NO_COUNTS) as (keyof typeof NO_COUNTS)[];

export class CheckpointWatch {
  readonly violations: string[] = [];
  /** Number of events of the confirmed pages, by connector and by chain or backfill. */
  readonly confirmed = new Map<string, number>();
  readonly #served: ReadonlyMap<string, ReadonlySet<number>> | undefined;
  /** The ranges of all slices so far, by backfill. */
  readonly #slices = new Map<string, Map<string, TimeRange>>();

  /** `served`: the numbers of events in the replies to each URL, if known. */
  constructor(served?: ReadonlyMap<string, ReadonlySet<number>>) {
    this.#served = served;
  }

  applied(changes: readonly Change[]): void {
    for (const change of changes) {
      const { operation, before, partition } = change;
      const { key } = operation;
      if (operation.kind === 'delete') continue;
      const { cells } = operation;
      const name = chainName(partition, cells.generation, key);
      // A new registration starts its own live chain.
      const isNew = !before || before.cells.registration !== cells.registration;
      const was = isNew ? {} : before.cells;
      if (key === 'live' || key.startsWith('slice_')) this.#page(name, was, cells);
      if (key === 'live' || key.startsWith('slice_') || key.startsWith('backfill_'))
        this.#forward(name, was, cells);
      // A range that was set aside is planned again.
      if (key.startsWith('slice_') && !cells.again)
        this.#slice(name, operation.kind === 'create', cells);
    }
    for (const { partition, operation } of changes) {
      const { key } = operation;
      if (operation.kind !== 'delete' && key.startsWith('slice_') && !operation.cells.again)
        this.#tiles(chainName(partition, operation.cells.generation, key));
    }
  }

  #forward(name: string, was: Cells, is: Cells): void {
    for (const counter of COUNTERS)
      if (Number(is[counter]) < Number(was[counter] ?? 0))
        this.violations.push(`${name}: ${counter} from ${was[counter]} to ${is[counter]}`);
    if (was.lowMs === undefined) return;
    if (Number(is.lowMs) < Number(was.lowMs) || Number(is.highMs) > Number(was.highMs))
      this.violations.push(`${name}: a frontier went back`);
    if (width(is.finished) < width(was.finished) || width(is.gaps) < width(was.gaps))
      this.violations.push(`${name}: the ledger forgot what it had`);
  }

  /** Checks that a write confirms at most one page, with the number of its events. */
  #page(name: string, was: Cells, is: Cells): void {
    const pages = Number(is.pages) - Number(was.pages ?? 0);
    const events = Number(is.events) - Number(was.events ?? 0);
    const sum = name.endsWith('/live') ? name : name.replace(/slice_(\d+)_\d+$/, 'backfill_$1');
    if (was.pages === undefined && name.endsWith('/live')) this.confirmed.set(sum, 0);
    this.confirmed.set(sum, (this.confirmed.get(sum) ?? 0) + events);
    if (pages > 1) this.violations.push(`${name}: ${pages} pages at once`);
    const isServed = !this.#served || this.#served.get(String(was.nextUrl))?.has(events);
    if (pages === 1 && !isServed)
      this.violations.push(`${name}: ${events} events confirmed that no page held`);
    if (pages === 0 && events !== 0) this.violations.push(`${name}: events without a page`);
  }

  #slice(name: string, isNew: boolean, cells: Cells): void {
    const slices = this.#besides(name);
    if (isNew && slices.has(name)) this.violations.push(`${name} was planned twice`);
    slices.set(name, { fromMs: Number(cells.fromMs), toMs: Number(cells.toMs) });
  }

  /** Slices may share only their edges. */
  #tiles(name: string): void {
    const slices = this.#besides(name);
    const own = slices.get(name);
    if (!own) return;
    for (const [other, range] of slices)
      if (other !== name && range.fromMs < own.toMs && own.fromMs < range.toMs)
        this.violations.push(`${name} and ${other} overlap`);
  }

  /** The ranges of all slices of the backfill so far. */
  #besides(name: string): Map<string, TimeRange> {
    const backfill = name.slice(0, name.lastIndexOf('_'));
    const slices = this.#slices.get(backfill) ?? new Map<string, TimeRange>();
    this.#slices.set(backfill, slices);
    return slices;
  }
}

/** Ids restart with a new generation. */
export const chainName = (connectorId: string, generation: unknown, key: string): string =>
  `${connectorId}.${generation}/${key}`;

function width(cell: unknown): number {
  if (typeof cell !== 'string') return 0;
  return (JSON.parse(cell) as TimeRange[]).reduce(
    (sum, { fromMs, toMs }) => sum + toMs - fromMs,
    0,
  );
}
