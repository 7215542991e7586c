/**
 * Watches exclusivity: while a run's lease of a chain is valid, no other run may request a page of this
 * chain. A lease is valid until it expires by the storage's time, or is taken away by a cancel or a
 * delete.
 */
import type { Operation } from '../../shared/storage/table.ts';

/** The precision of the storage's time is about a second. */
const TOLERANCE_MS = 2_000;

interface Hold {
  chain: string;
  untilMs: number;
  inFlight: number;
}

export class LeaseWatch {
  /** Observed violations. */
  readonly violations: string[] = [];
  readonly #holds = new Map<string, Hold>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Called when a checkpoint changes. */
  applied(partition: string, { key, ...operation }: Operation): void {
    const chain = `${partition}/${key}`;
    const cells = operation.kind === 'delete' ? {} : operation.cells;
    const { leaseHolder: holder, leaseUntilMs } = cells;
    if (typeof holder === 'string') {
      const hold = this.#holds.get(holder) ?? { chain, untilMs: 0, inFlight: 0 };
      hold.untilMs = Number(leaseUntilMs);
      this.#holds.set(holder, hold);
    } else {
      for (const hold of this.#holds.values()) if (hold.chain === chain) hold.untilMs = 0;
    }
  }

  /** Removes the requests of a dead process. */
  died(isOfProcess: (holder: string) => boolean): void {
    for (const holder of this.#holds.keys()) if (isOfProcess(holder)) this.#holds.delete(holder);
  }

  /** Called when the invocation with these ids requests a page. */
  asks(ids: readonly string[], url: URL): { over(): void } {
    const holder = ids.findLast((id) => this.#holds.has(id)) ?? '';
    const own = this.#holds.get(holder);
    // A cancel or a delete took the lease away; the run learns it only by its next write.
    if (!own || own.untilMs === 0) return { over: () => {} };
    for (const [other, hold] of this.#holds) {
      if (hold === own || hold.chain !== own.chain || hold.inFlight === 0) continue;
      if (hold.untilMs - TOLERANCE_MS > this.#nowMs())
        this.violations.push(`${own.chain} asked for by ${other} and ${holder}: ${url.search}`);
    }
    own.inFlight++;
    return { over: () => void own.inFlight-- };
  }
}
