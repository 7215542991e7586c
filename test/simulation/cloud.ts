/**
 * The services that outlive every process: clock, storage, vault, queues, durable engine, and Okta.
 */
import { AssertionError } from 'node:assert/strict';
import type { Dice } from '../../dev/demo-org/dice.ts';
import type { PollMessage, WorkMessage } from '../../shared/storage/queue.ts';
import type { Cells, Operation } from '../../shared/storage/table.ts';
import { CheckpointWatch } from '../support/checkpoint-watch.ts';
import { TABLES, type TableName } from '../support/deps-in-memory.ts';
import { MemoryBlobs } from '../support/memory-blobs.ts';
import { type Change, MemoryTable } from '../support/memory-table.ts';
import { CaughtUpWatch } from './caught-up-watch.ts';
import { Faults, Tally } from './faults.ts';
import { LeaseWatch } from './lease-watch.ts';
import { type Process, Scheduler } from './scheduler.ts';
import { SimEngine } from './sim-engine.ts';
import { SimOkta, TOKEN_PREFIX } from './sim-okta.ts';
import { SimQueue } from './sim-queue.ts';
import { SimVault } from './sim-vault.ts';

const BORN = Date.parse('2026-11-23T12:00:30.000Z');
/** The clocks of storage and Okta are right; the clock of a process may be hours off. */
const SKEWS_MS = [0, 0, -3000, 3000];
/** The longest time until a write takes effect after its client has given up. */
const LONGEST_LATENESS_MS = 30_000;

export class Cloud {
  readonly dice: Dice;
  /** Seeds the product's `Chance`. */
  readonly chance: Dice;
  readonly tally: Tally;
  readonly faults: Faults;
  readonly time: Scheduler;
  readonly okta: SimOkta;
  readonly leases: LeaseWatch;
  readonly checkpointWatch: CheckpointWatch;
  readonly caughtUpWatch: CaughtUpWatch;
  readonly storageClock: { nowMs(): number };
  readonly vault = new SimVault();
  readonly blobs = new MemoryBlobs();
  readonly pollQueue: SimQueue<PollMessage>;
  readonly workQueue: SimQueue<WorkMessage>;
  readonly engine: SimEngine;
  readonly tables: Record<TableName, MemoryTable>;
  /** The sender's time of the latest applied delivery, by connector. */
  readonly appliedUpToMs = new Map<string, number>();
  /** Dead letters that retention has deleted, by partition. */
  readonly expiredLetters = new Map<string, number>();
  /** The platform runs no timers: only starts of the app and messages remain. */
  timersAreAway = false;
  /** The number of pending late writes. */
  lateChanges = 0;
  /** Observed violations. */
  readonly violations: string[] = [];
  /** Watchers that outlive every process. */
  readonly #services: Process = { alive: true };
  #ids = 0;

  constructor(dice: Dice, chance: Dice, tell?: (line: string) => void) {
    this.dice = dice;
    this.chance = chance;
    this.tally = new Tally(tell && ((line) => tell(`${this.time.nowMs - BORN} ms ${line}`)));
    this.faults = new Faults(dice, this.tally);
    this.time = new Scheduler(dice, BORN);
    this.okta = new SimOkta(dice, this.tally, this.time, dice.pick(SKEWS_MS));
    const skewMs = dice.pick(SKEWS_MS);
    this.storageClock = { nowMs: () => this.time.nowMs + skewMs };
    this.leases = new LeaseWatch(this.storageClock.nowMs);
    this.checkpointWatch = new CheckpointWatch(this.okta.served);
    this.caughtUpWatch = new CaughtUpWatch(this.okta, () => this.tables.events);
    this.pollQueue = new SimQueue(this.time, this.tally);
    this.workQueue = new SimQueue(this.time, this.tally);
    this.engine = new SimEngine(this.time, this.tally);
    const table = (name: string) =>
      new MemoryTable(this.storageClock, (changes) => this.#watch(name, changes));
    const entries = TABLES.map((name) => [name, table(name)]);
    this.tables = Object.fromEntries(entries) as Record<TableName, MemoryTable>;
  }

  /** Unique, and the same in every replay. */
  newId(): string {
    return String(++this.#ids).padStart(8, '0');
  }

  /** A step may fail, but not by an assertion of the product. */
  failed(error: unknown): void {
    if (error instanceof AssertionError) this.violations.push(`broken rule: ${error.message}`);
  }

  /** Runs a late write, without reporting its result. */
  afterwards(change: () => Promise<unknown>): void {
    this.lateChanges++;
    this.time.start(this.#services, async () => {
      await this.time.sleep(this.#services, this.dice.below(LONGEST_LATENESS_MS));
      await change().finally(() => this.lateChanges--);
    });
  }

  #watch(table: string, changes: readonly Change[]): void {
    for (const { partition, operation } of changes) {
      this.tally.note(() => `${table} ${partition} ${shown(operation)}`);
      if (operation.kind === 'delete') {
        if (table === 'deadletters') this.#letterDeleted(partition, operation.key);
        continue;
      }
      for (const [name, cell] of Object.entries(operation.cells)) {
        if (typeof cell !== 'string') continue;
        if (cell.includes(TOKEN_PREFIX))
          this.violations.push(`the token lies in ${table} ${operation.key} ${name}`);
      }
      if (table === 'connectors') this.#delivered(operation.key, operation.cells.deliverySentAtMs);
      if (table === 'checkpoints') {
        this.leases.applied(partition, operation);
        this.#ledger(partition, operation.cells);
      }
      const { unreadable = '[]' } = operation.cells;
      if (table === 'checkpoints' && unreadable !== '[]') this.tally.count('fault: okta set aside');
      if (table === 'status') this.#status(operation.cells.liveError);
    }
    if (table !== 'checkpoints') return;
    this.checkpointWatch.applied(changes);
    this.caughtUpWatch.applied(changes);
  }

  /** Housekeeping finds a running backfill by the mark of its connector. */
  #ledger(connectorId: string, { backfillId, state }: Cells): void {
    if (state !== 'Running') return;
    for (const { key } of this.tables.connectors.everything())
      if (key === `unfinished_${connectorId}`) return;
    this.violations.push(`backfill ${backfillId} of ${connectorId} runs without a mark`);
  }

  /** With the counters a generation is purged. */
  #letterDeleted(partition: string, key: string): void {
    if (key.startsWith('~')) this.expiredLetters.delete(partition);
    else this.expiredLetters.set(partition, (this.expiredLetters.get(partition) ?? 0) + 1);
  }

  #delivered(id: string, sentAtMs: unknown): void {
    const latestMs = Math.max(this.appliedUpToMs.get(id) ?? 0, Number(sentAtMs ?? 0));
    this.appliedUpToMs.set(id, latestMs);
  }

  /** Checks that the app reports only tokens as refused that Okta has refused. */
  #status(liveError: unknown): void {
    if (typeof liveError !== 'string') return;
    const error = JSON.parse(liveError);
    if (error?.problem.code !== 'OktaTokenInvalid') return;
    const token = this.vault.everything.get(error.secretVersion);
    if (!token || !this.okta.refused.has(token))
      this.violations.push(`version ${error.secretVersion} is said to be refused and never was`);
  }
}

function shown({ kind, key, ...rest }: Operation): string {
  const cells = 'cells' in rest ? Object.entries(rest.cells) : [];
  return `${kind} ${key} ${cells.map(([name, cell]) => `${name}=${String(cell).slice(0, 60)}`).join(' ')}`;
}
