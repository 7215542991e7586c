/**
 * The workers of a backfill, live polling and housekeeping, run concurrently in the virtual time of an
 * in-memory world. Each sleeps as long as it is told; the earliest sleeper wakes first.
 */
import { ingestOrWait, planOrWait } from '../../shared/backfill/activities.ts';
import { provision } from '../../shared/connectors/provision.ts';
import type { BackfillRef } from '../../shared/workflow-engine.ts';
import { connectorOf } from './backfills.ts';
import type { World } from './world.ts';

const HOUSEKEEPING_MS = 5 * 60_000;
const AT_ONCE_MS = 1000;

interface Sleeper {
  id: string;
  atMs: number;
  wake(): Promise<void>;
}

export class WorkedBackfill {
  readonly world: World;
  /** Errors thrown by steps. */
  readonly failures: unknown[] = [];
  readonly #sleepers: Sleeper[] = [];

  constructor(world: World) {
    this.world = world;
    world.deps.workflows = {
      isActive: async (id) => this.#sleepers.some((one) => one.id === id),
      start: async (id, ref) => this.#startWorker(id, ref),
      purgeFinished: async () => {},
    };
    const housekeeping: Sleeper = {
      id: 'housekeeping',
      atMs: this.#nowMs,
      wake: async () => {
        housekeeping.atMs = this.#nowMs + HOUSEKEEPING_MS;
        await provision(this.world.deps, await connectorOf(this.world));
      },
    };
    const live: Sleeper = {
      id: 'live',
      atMs: this.#nowMs,
      wake: async () => {
        await this.world.poll();
        const { dueAtMs = 0 } = await this.world.facts();
        live.atMs = Math.max(dueAtMs, this.#nowMs + AT_ONCE_MS);
      },
    };
    this.#sleepers.push(housekeeping, live);
  }

  /** The number of workers that work or wait. */
  get workers(): number {
    return this.#sleepers.length - 2;
  }

  /** Runs until this time has passed, or the condition holds. */
  async run(ms: number, isDone: () => Promise<boolean> = async () => false): Promise<boolean> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      if (await isDone()) return true;
      const next = this.#sleepers.reduce((first, one) => (one.atMs < first.atMs ? one : first));
      if (next.atMs > untilMs) break;
      this.world.pass(Math.max(0, next.atMs - this.#nowMs));
      await next.wake();
    }
    this.world.pass(Math.max(0, untilMs - this.#nowMs));
    return false;
  }

  async isOver(): Promise<boolean> {
    return (await this.world.ledger())?.state !== 'Running';
  }

  get #nowMs(): number {
    return this.world.deps.clock.nowMs();
  }

  #startWorker(id: string, ref: BackfillRef): void {
    const failed = (error: unknown) => void this.failures.push(error);
    const worker: Sleeper = {
      id,
      atMs: this.#nowMs,
      wake: async () => {
        const { deps } = this.world;
        const { state, sliceKey, openSlices, waitSeconds } = await planOrWait(deps, ref, failed);
        if (state === 'over') {
          this.#sleepers.splice(this.#sleepers.indexOf(worker), 1);
          return;
        }
        const slice = sliceKey === undefined ? undefined : { ...ref, sliceKey, openSlices };
        const run = slice ? await ingestOrWait(deps, slice, failed) : { waitSeconds };
        worker.atMs = this.#nowMs + run.waitSeconds * 1000;
      },
    };
    this.#sleepers.push(worker);
  }
}
