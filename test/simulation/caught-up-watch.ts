/**
 * Watches live's claims to be caught up: at that moment, every event that was committed up to the
 * claimed time, since the last claim, must be in the sink.
 */
import type { Change, MemoryTable } from '../support/memory-table.ts';
import type { SimOkta } from './sim-okta.ts';

export class CaughtUpWatch {
  readonly violations: string[] = [];
  readonly #okta: SimOkta;
  readonly #events: () => MemoryTable;

  constructor(okta: SimOkta, events: () => MemoryTable) {
    this.#okta = okta;
    this.#events = events;
  }

  /** Changes of the table `checkpoints`. */
  applied(changes: readonly Change[]): void {
    for (const { partition, operation, before } of changes) {
      if (operation.key !== 'live' || operation.kind === 'delete') continue;
      const { caughtUpAtMs, startedAtMs, generation } = operation.cells;
      if (caughtUpAtMs === undefined || caughtUpAtMs === before?.cells.caughtUpAtMs) continue;
      const sinceMs = Number(before?.cells.caughtUpAtMs ?? startedAtMs);
      this.#claimed(`${partition}.${generation}_`, sinceMs, Number(caughtUpAtMs));
    }
  }

  #claimed(prefix: string, sinceMs: number, untilMs: number): void {
    const held = new Set<string>();
    for (const { partition, key } of this.#events().everything())
      if (partition.startsWith(prefix)) held.add(key.slice(key.indexOf('_') + 1));
    for (const { raw, persistedAtMs } of this.#okta.org.truth()) {
      // Dead letters include rows that storage refuses, as well as events without an identity.
      const uuid = /^\{"uuid":"(u\d+)"/.exec(raw)?.[1];
      if (!uuid || held.has(uuid) || persistedAtMs < sinceMs || persistedAtMs >= untilMs) continue;
      this.violations.push(`live is called caught up without ${uuid}`);
    }
  }
}
