/**
 * Table `status`, partition `due`: when each connector is to be polled next, one small row each, so that
 * a tick reads only what is due. The facts of the connector are the truth (status-facts.ts), and the
 * index is never later than they are: a poll that comes too early corrects its row.
 */
import * as z from 'zod';
import { inChunks } from '../in-chunks.ts';
import { number, toCells } from './cells.ts';
import type { Operation, Row, Table } from './table.ts';

const PARTITION = 'due';
/** The limit of a transaction. */
const MOST_OPERATIONS = 100;

const dueFields = z.object({
  /** By the storage's clock. An unreadable time counts as due. */
  dueAtMs: number.catch(0),
  /** When a message for this poll was last sent. */
  sentAtMs: number.optional().catch(undefined),
  /** The last poll took seconds. */
  isSlow: z.boolean().optional().catch(undefined),
});

export interface Due extends z.output<typeof dueFields> {
  connectorId: string;
  etag: string;
}

export interface NextPoll {
  connectorId: string;
  dueAtMs: number;
  /** A message for this poll is on its way. */
  sentAtMs?: number | undefined;
  isSlow?: boolean | undefined;
}

export class DueIndex {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The connectors that are due before this instant, in order of their ids. */
  async *before(ms: number): AsyncGenerator<Due> {
    const rows = this.#table.list(PARTITION, { where: { cell: 'dueAtMs', below: ms } });
    for await (const row of rows) yield dueOf(row);
  }

  async get(connectorId: string): Promise<Due | undefined> {
    const row = await this.#table.get(PARTITION, connectorId);
    return row && dueOf(row);
  }

  async put(polls: readonly NextPoll[]): Promise<void> {
    const distinct = new Map(polls.map((poll) => [poll.connectorId, poll])).values();
    for await (const some of inChunks(distinct, MOST_OPERATIONS))
      await this.#table.batch(
        PARTITION,
        some.map((poll) => ({ kind: 'put', ...rowOf(poll) })),
      );
  }

  /** Adds a connector that the index does not hold. */
  async add(poll: NextPoll): Promise<void> {
    await this.#table.batch(PARTITION, [{ kind: 'create', ...rowOf(poll) }]);
  }

  /**
   * Marks these rows as sent, unless they have changed: a tick and a parked message that meet send a poll
   * once. Returns the rows that were marked.
   */
  async claim(rows: readonly Due[], sentAtMs: number): Promise<readonly Due[]> {
    const claimOf = ({ etag, ...row }: Due): Operation => ({
      ...{ kind: 'replace', etag },
      ...rowOf({ ...row, sentAtMs }),
    });
    const claimed: Due[] = [];
    const work = async (some: readonly Due[]): Promise<void> => {
      const { ok } = await this.#table.batch(PARTITION, some.map(claimOf));
      if (ok) claimed.push(...some);
      // One changed row refuses the whole transaction.
      else if (some.length > 1) for (const half of halvesOf(some)) await work(half);
    };
    for await (const some of inChunks(rows, MOST_OPERATIONS)) await work(some);
    return claimed;
  }

  /** Removes the row, unless it has changed. */
  async remove({ connectorId, etag }: Due): Promise<void> {
    await this.#table.batch(PARTITION, [{ kind: 'delete', key: connectorId, etag }]);
  }
}

const dueOf = ({ key, etag, cells }: Row): Due => ({
  ...{ connectorId: key, etag },
  ...dueFields.parse(cells),
});

const rowOf = ({ connectorId, dueAtMs, sentAtMs, isSlow }: NextPoll) => ({
  key: connectorId,
  cells: toCells({ dueAtMs, sentAtMs, isSlow }),
});

const halvesOf = <T>(items: readonly T[]): T[][] => {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
};
