/**
 * One runner's hold on a chain of pages: the live chain or a slice. It takes the lease, then moves
 * the position by compare and swap, always from the ETag of its own last write. Once somebody else
 * has written the row, every further write of this runner fails and it has to stop.
 */
import { type Checkpoints, replacement, type Stored } from '../storage/checkpoints.ts';
import { isLeased, leaseFor, noLease } from '../storage/lease.ts';
import type { ChainPosition, Counters } from '../storage/positions.ts';
import type { Operation, StorageClock } from '../storage/table.ts';
import { assertAdvance, assertPosition } from './position-rules.ts';

export interface ChainStore {
  checkpoints: Checkpoints;
  clock: StorageClock;
}

export class Chain<T extends ChainPosition> {
  readonly connectorId: string;
  readonly #store: ChainStore;
  readonly #holder: string;
  readonly #load: () => Promise<Stored<T> | undefined>;
  #stored: Stored<T>;

  private constructor(
    connectorId: string,
    store: ChainStore,
    holder: string,
    load: () => Promise<Stored<T> | undefined>,
    stored: Stored<T>,
  ) {
    this.connectorId = connectorId;
    this.#store = store;
    this.#holder = holder;
    this.#load = load;
    this.#stored = stored;
  }

  /**
   * Takes the lease of the chain that `load` reads. `holder` is an id of this run alone. Undefined when
   * there is no such chain, when another runner holds it, or took it in this moment.
   */
  static async take<T extends ChainPosition>(
    connectorId: string,
    store: ChainStore,
    holder: string,
    load: () => Promise<Stored<T> | undefined>,
  ): Promise<Chain<T> | undefined> {
    const stored = await load();
    if (!stored || isLeased(stored.value, store.clock.nowMs())) return undefined;
    assertPosition(stored.value);
    const chain = new Chain(connectorId, store, holder, load, stored);
    const lease = leaseFor(holder, store.clock.nowMs());
    return (await chain.#write({ ...stored.value, ...lease })) ? chain : undefined;
  }

  get key(): string {
    return this.#stored.key;
  }

  get position(): T {
    return this.#stored.value;
  }

  /**
   * Whether the lease still holds. A write that took longer than the lease lasts is done all the same,
   * but by now somebody else may be at work.
   */
  get isHeld(): boolean {
    return isLeased(this.position, this.#store.clock.nowMs());
  }

  /** Moves the position and keeps the lease. False: the chain is somebody else's now. */
  async advance(change: Partial<T>, counted: Partial<Counters> = {}): Promise<boolean> {
    const lease = leaseFor(this.#holder, this.#store.clock.nowMs());
    const moved = { ...this.#moved(change, counted), ...lease };
    assertAdvance(this.position, moved, this.#holder);
    return await this.#write(moved);
  }

  /** Moves the position and gives the lease up, in one write, together with other rows of the connector. */
  async release(
    change: Partial<T> = {},
    counted: Partial<Counters> = {},
    together: readonly Operation[] = [],
  ): Promise<boolean> {
    const moved = { ...this.#moved(change, counted), ...noLease };
    assertAdvance(this.position, moved, this.#holder);
    return await this.#write(moved, together);
  }

  #moved(change: Partial<T>, counted: Partial<Counters>): T {
    const value = { ...this.position, ...change };
    for (const name of ['events', 'pages', 'requests', 'duplicates', 'variants'] as const) {
      value[name] += counted[name] ?? 0;
    }
    return value;
  }

  async #write(value: T, together: readonly Operation[] = []): Promise<boolean> {
    const operations = [replacement(this.#stored, value), ...together];
    const etags = await this.#store.checkpoints.commit(this.connectorId, operations);
    const etag = etags?.[0] ?? (await this.#etagOfLostReply());
    if (etag === undefined) return false;
    this.#stored = { ...this.#stored, etag, value };
    return true;
  }

  /**
   * A write whose reply was lost is sent again by the storage client and then meets its own effect.
   * Only this run writes under this holder, one write after the other: a row that names it is ours.
   */
  async #etagOfLostReply(): Promise<string | undefined> {
    const now = await this.#load();
    return now?.value.leaseHolder === this.#holder && now.etag !== this.#stored.etag
      ? now.etag
      : undefined;
  }
}
