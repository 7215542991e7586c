/** Table `runs`: the result of each run of a connector, newest first, kept for a limited time. */
import * as z from 'zod';
import type { Chance } from '../chance.ts';
import type { OutOfTime } from '../clock.ts';
import { CHAIN_KINDS, RUN_RESULTS } from '../enumerations.ts';
import { json, number, problem, toCells, word } from './cells.ts';
import type { Connector } from './connectors.ts';
import { deleteRows } from './delete-rows.ts';
import { newestFirst } from './newest-first.ts';
import type { Table } from './table.ts';

const fields = z.object({
  startedAtMs: number,
  endedAtMs: number,
  kind: word(CHAIN_KINDS),
  result: word(RUN_RESULTS),
  events: number,
  pages: number,
  error: json(problem).optional(),
});
export type Run = z.output<typeof fields>;

/** The connector and generation: runs are kept after a delete, until the events are purged. */
type Owner = Pick<Connector, 'id' | 'generation'>;
const partitionOf = ({ id, generation }: Owner) => `${id}.${generation}`;

export class Runs {
  readonly #table: Table;
  readonly #chance: Chance;

  constructor(table: Table, chance: Chance) {
    this.#table = table;
    this.#chance = chance;
  }

  async add(owner: Owner, run: Run): Promise<void> {
    const key = `${newestFirst(run.endedAtMs)}_${this.#chance.uuid()}`;
    await this.#table.batch(partitionOf(owner), [{ kind: 'put', key, cells: toCells(run) }]);
  }

  /** Newest first, starting after the given key. */
  async *list(owner: Owner, after = ''): AsyncGenerator<Run & { key: string }> {
    for await (const { key, cells } of this.#table.list(partitionOf(owner), { from: `${after}!` }))
      yield { key, ...fields.parse(cells) };
  }

  /** Deletes the runs that ended before this instant; false when it ran out of time. */
  async deleteBefore(owner: Owner, ms: number, outOfTime: OutOfTime): Promise<boolean> {
    const rows = this.#table.list(partitionOf(owner), { from: newestFirst(ms), select: [] });
    return (await deleteRows(this.#table, rows, { outOfTime })).all;
  }

  async purge(owner: Owner, outOfTime: OutOfTime): Promise<boolean> {
    const rows = this.#table.list(partitionOf(owner), { select: [] });
    return (await deleteRows(this.#table, rows, { outOfTime })).all;
  }
}
