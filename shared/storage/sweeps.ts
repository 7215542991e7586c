/** Final sweeps: a second clean-up, when no run of the deleted registration can still be active. */
import * as z from 'zod';
import { number, toCells } from './cells.ts';
import type { Operation, Row, Table } from './table.ts';
import { CONNECTORS_PARTITION } from './unfinished.ts';
import { type LeftOut, readable, readRow } from './unreadable-row.ts';

const PREFIX = 'sweep_';

const fields = z.object({
  connectorId: z.string(),
  generation: z.string(),
  registration: number,
  secretName: z.string(),
  purging: z.boolean(),
  dueAtMs: number,
});
type SweepFields = z.output<typeof fields>;
export type Sweep = SweepFields & { key: string };

/** Writes a sweep, in the transaction that hides the connector. */
export function sweepOf(sweep: SweepFields): Operation {
  const { connectorId, generation, registration } = sweep;
  const key = `${PREFIX}${connectorId}_${generation}_${registration}`;
  return { kind: 'put', key, cells: toCells(sweep) };
}

export class Sweeps {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** A row that cannot be read is left out. */
  list(leftOut: LeftOut): AsyncGenerator<Sweep> {
    const range = { from: PREFIX, to: `${PREFIX}~` };
    const read = (row: Row) => ({ key: row.key, ...readRow(fields, 'connectors', row) });
    return readable(this.#table.list(CONNECTORS_PARTITION, range), read, leftOut);
  }

  async done({ key }: Sweep): Promise<void> {
    await this.#table.batch(CONNECTORS_PARTITION, [{ kind: 'delete', key }]);
  }
}
