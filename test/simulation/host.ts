/** One process of the function app: its own clock, governor and caches; it may die at any step. */
import type { Chance } from '../../shared/chance.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Deps } from '../../shared/deps.ts';
import { Connectors } from '../../shared/storage/connectors.ts';
import { depsOver } from '../support/deps-in-memory.ts';
import { HOUR } from '../support/samples.ts';
import type { Cloud } from './cloud.ts';
import type { Process } from './scheduler.ts';
import { ContendedTable, type Line, SimTable, simBlobs } from './sim-table.ts';

const SETTINGS = { BACKFILL_PARALLEL_SLICES: '2' };
/** Exceeds any time budget of an invocation. */
const LEAP_MS = 5 * 60_000;
const MOST_READINGS = 30;
const CONTENDED_ONCE_IN = 25;

export class Host implements Process {
  alive = true;
  readonly name: string;
  readonly line: Line;
  readonly #cloud: Cloud;
  readonly #chance: Chance;
  readonly #deps: Omit<Deps, 'transport'>;

  constructor(cloud: Cloud, name: string) {
    this.name = name;
    this.#cloud = cloud;
    const { time, dice, chance, faults, tables, tally } = cloud;
    this.#chance = {
      random: chance.next,
      // The name of the process is part of the id, so that watchers can tell what a dead process held.
      uuid: () => `${chance.hex(8)}-${chance.hex(12)}-${name}`,
      secret: () => chance.hex(64),
    };
    const afterwards = (change: () => Promise<unknown>) => cloud.afterwards(change);
    this.line = { step: () => time.step(this), faults, dice, afterwards };
    const skewMs = dice.below(3) === 0 ? (dice.below(5) - 2) * HOUR : 0;
    if (skewMs !== 0) tally.count('fault: clock of a process');
    // The time is known from the whole seconds of a reply.
    const errorMs = dice.below(1000) - 500;
    this.#deps = depsOver(
      {
        table: (one) => new SimTable(tables[one], this.line),
        blobs: simBlobs(cloud.blobs, this.line),
        clock: {
          nowMs: () => time.nowMs + skewMs,
          sleep: (ms, signal) => time.sleep(this, ms, signal),
        },
        chance: this.#chance,
        storageClock: { nowMs: () => cloud.storageClock.nowMs() + errorMs },
        pollQueue: cloud.pollQueue.reachedBy(this.line),
        workQueue: cloud.workQueue.reachedBy(this.line),
        vault: cloud.vault.reachedBy(this.line),
        workflows: cloud.engine.reachedBy(this.line),
      },
      SETTINGS,
    );
  }

  /** The clock sometimes leaps, so that the invocation runs out of time. */
  #clock(): Clock {
    const { dice, faults } = this.#cloud;
    const { clock } = this.#deps;
    if (!faults.onceIn(3, 'no time')) return clock;
    let readings = dice.below(MOST_READINGS);
    return { ...clock, nowMs: () => clock.nowMs() + (readings-- > 0 ? 0 : LEAP_MS) };
  }

  /** The dependencies of an invocation. Other invocations may change the connector in between. */
  invocation(contendedOnceIn = CONTENDED_ONCE_IN): Deps {
    const { okta, leases, faults, tables } = this.#cloud;
    const isContended = faults.onceIn(contendedOnceIn, 'contended connector');
    const { uuid, ...others } = this.#chance;
    const ids: string[] = [];
    return {
      ...this.#deps,
      ...(isContended && {
        connectors: new Connectors(new ContendedTable(tables.connectors, this.line)),
      }),
      clock: this.#clock(),
      chance: { ...others, uuid: () => ids[ids.push(uuid()) - 1] as string },
      transport: okta.reachedBy(this.line, this.#deps.clock, leases, ids),
    };
  }
}
