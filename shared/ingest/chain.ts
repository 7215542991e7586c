/**
 * The hold of one runner on a chain of pages: the live chain or a slice. The runner moves the position
 * by compare and swap, always from the ETag of its own last write. After another runner has written the
 * row, every further write of this runner fails and the runner must stop.
 *
 * The lease keeps other runners from reading the same pages. A run that may be over after one write
 * opens the chain, and takes the lease only when more than that write is to follow.
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
   * Opens the chain that `load` reads, without its lease. `holder` is an id that only this run uses.
   * Undefined when the chain does not exist, or another runner holds it.
   */
  static async open<T extends ChainPosition>(
    connectorId: string,
    store: ChainStore,
    holder: string,
    load: () => Promise<Stored<T> | undefined>,
  ): Promise<Chain<T> | undefined> {
    const stored = await load();
    if (!stored || isLeased(stored.value, store.clock.nowMs())) return undefined;
    assertPosition(stored.value);
    return new Chain(connectorId, store, holder, load, stored);
  }

  /** Opens the chain and takes its lease. Undefined also when another runner has just taken it. */
  static async take<T extends ChainPosition>(
    ...given: Parameters<typeof Chain.open<T>>
  ): Promise<Chain<T> | undefined> {
    const chain = await Chain.open(...given);
    return (await chain?.hold()) ? chain : undefined;
  }

  /** Takes the lease, unless this run has it. Returns false when another runner was faster. */
  async hold(): Promise<boolean> {
    if (this.#hasLease) return true;
    const lease = leaseFor(this.#holder, this.#store.clock.nowMs());
    return await this.#write({ ...this.position, ...lease });
  }

  get key(): string {
    return this.#stored.key;
  }

  get position(): T {
    return this.#stored.value;
  }

  get #hasLease(): boolean {
    return this.position.leaseHolder === this.#holder;
  }

  /**
   * Whether the lease of this run is still valid. A write that takes longer than the lease still
   * succeeds, but another runner may have started by then.
   */
  get isHeld(): boolean {
    return this.#hasLease && isLeased(this.position, this.#store.clock.nowMs());
  }

  /** Whether this run has taken the lease, and let it expire. */
  get hasLostLease(): boolean {
    return this.#hasLease && !this.isHeld;
  }

  /** Moves the position and keeps the lease. Returns false when another runner has taken the chain. */
  async advance(change: Partial<T>, counted: Partial<Counters> = {}): Promise<boolean> {
    const lease = leaseFor(this.#holder, this.#store.clock.nowMs());
    const moved = { ...this.moved(change, counted), ...lease };
    assertAdvance(this.position, moved, this.#holder);
    return await this.#write(moved);
  }

  /**
   * Moves the position and releases the lease, if this run has it, in one write, together with other
   * rows of the connector.
   */
  async release(
    change: Partial<T> = {},
    counted: Partial<Counters> = {},
    together: readonly Operation[] = [],
  ): Promise<boolean> {
    const moved = { ...this.moved(change, counted), ...noLease };
    assertAdvance(this.position, moved, this.#hasLease ? this.#holder : undefined);
    return await this.#write(moved, together);
  }

  /** The position after a change, which is not written yet. */
  moved(change: Partial<T>, counted: Partial<Counters> = {}): T {
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
   * The storage client repeats a write whose reply was lost, and the repeated write then conflicts with
   * the first. Only this run writes under this holder, sequentially: a row with this holder is its own
   * write.
   */
  async #etagOfLostReply(): Promise<string | undefined> {
    const now = await this.#load();
    return now?.value.leaseHolder === this.#holder && now.etag !== this.#stored.etag
      ? now.etag
      : undefined;
  }
}
