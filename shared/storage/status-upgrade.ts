/**
 * Moves the facts of versions before 0.2 to their present place. They were rows of table `status`, in a
 * partition for each registration; now they are rows of the connector's partition in table
 * `checkpoints`, with a due index (docs/architecture.md, "Rows of other versions").
 */
import type { DueIndex } from './due-index.ts';
import { factKeys } from './status-facts.ts';
import { AFTER_ALL_IDS, type Operation, type Row, type Table } from './table.ts';

const PARTITION = 'app';
const FINISHED_KEY = 'facts';

export class StatusUpgrade {
  readonly #status: Table;
  readonly #checkpoints: Table;
  readonly #due: DueIndex;

  constructor(status: Table, checkpoints: Table, due: DueIndex) {
    this.#status = status;
    this.#checkpoints = checkpoints;
    this.#due = due;
  }

  /** Does nothing after it has finished once. An interrupted upgrade is repeated. */
  async finish(): Promise<void> {
    if (await this.#status.get(PARTITION, FINISHED_KEY)) return;
    let isWhole = true;
    for await (const row of this.#status.listPartitions('', AFTER_ALL_IDS))
      if (!(await this.#move(row))) isWhole = false;
    const finished: Operation = { kind: 'put', key: FINISHED_KEY, cells: {} };
    if (isWhole) await this.#status.batch(PARTITION, [finished]);
  }

  /** Returns false when a run has written the facts at the same moment. Its cells are newer. */
  async #move({ partition, key: earlierKey, cells: earlier }: Row): Promise<boolean> {
    const [id = '', generation = '', registration] = partition.split('.');
    if (registration === undefined) return true;
    const keys = factKeys({ id, generation, registration: Number(registration) });
    const key = earlierKey === 'rate' ? keys.rate : keys.status;
    const now = await this.#checkpoints.get(id, key);
    const cells = { ...earlier, ...now?.cells };
    const { ok } = await this.#checkpoints.batch(id, [
      now ? { kind: 'replace', key, cells, etag: now.etag } : { kind: 'create', key, cells },
    ]);
    if (!ok) return false;
    if (earlierKey === 'status')
      await this.#due.add({ connectorId: id, dueAtMs: Number(earlier.dueAtMs ?? 0) });
    await this.#status.batch(partition, [{ kind: 'delete', key: earlierKey }]);
    return true;
  }
}
