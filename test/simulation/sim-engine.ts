/**
 * The durable engine: runs the real orchestrator step by step, activities at least once. An
 * orchestration survives the death of a process; sometimes it is nevertheless lost, stuck or
 * doubled.
 */
import type { OrchestrationContext } from 'durable-functions';
import { ingestOrWait, planOrWait } from '../../shared/backfill/activities.ts';
import { backfillWorker, PLAN_ACTIVITY } from '../../shared/backfill/orchestrator.ts';
import type { SliceRef } from '../../shared/backfill/slice-run.ts';
import type { Deps } from '../../shared/deps.ts';
import type { BackfillRef, WorkflowEngine } from '../../shared/workflow-engine.ts';
import { disturbed, type Tally } from './faults.ts';
import type { Line } from './sim-table.ts';

type Task = { kind: 'activity'; name: string; input: unknown } | { kind: 'timer'; atMs: number };

interface Instance {
  id: string;
  input: BackfillRef;
  worker: Generator<unknown, void>;
  task: Task;
  /** The time after which another process may take the task: its process may have died. */
  takenUntilMs: number;
  createdAtMs: number;
  stuck: boolean;
}

const TAKEN_MS = 300_000;

export class SimEngine {
  instances: Instance[] = [];
  /** The creation times of finished instances, which the platform keeps. */
  finished: number[] = [];
  /** The inputs of all orchestrations. */
  readonly inputs: BackfillRef[] = [];
  readonly #time: { nowMs: number };
  readonly #tally: Tally;

  constructor(time: { nowMs: number }, tally: Tally) {
    this.#time = time;
    this.#tally = tally;
  }

  /** The port of one process. */
  reachedBy({ step, faults, afterwards }: Line): WorkflowEngine {
    const away = () => new Error('the durable engine of the simulation is away');
    return {
      isActive: async (id) => {
        await step();
        return this.instances.some((one) => one.id === id);
      },
      start: async (id, input) => {
        await step();
        const start = async () => {
          if (this.instances.some((one) => one.id === id)) return;
          const copies = faults.onceIn(8, 'orchestration doubled') ? 2 : 1;
          const stuck = faults.onceIn(20, 'orchestration stuck');
          for (let copy = 0; copy < copies; copy++) this.#begin(id, input, stuck);
        };
        await disturbed(faults.ofChange('orchestrations'), start, away, afterwards);
      },
      purgeFinished: async (createdBeforeMs) => {
        await step();
        const purge = async () => {
          const kept = this.finished.filter((createdAtMs) => createdAtMs >= createdBeforeMs);
          if (kept.length < this.finished.length) this.#tally.count('orchestration: purged');
          this.finished = kept;
        };
        await disturbed(faults.ofChange('orchestrations'), purge, away, afterwards);
      },
    };
  }

  /** Takes an instance with pending work. */
  take({ dice, faults }: Line): Instance | undefined {
    const { nowMs } = this.#time;
    const ready = this.instances.filter(
      ({ task, takenUntilMs, stuck }) =>
        !stuck && takenUntilMs <= nowMs && (task.kind === 'activity' || task.atMs <= nowMs),
    );
    if (ready.length === 0) return undefined;
    const instance = dice.pick(ready);
    if (faults.onceIn(25, 'orchestration lost')) this.#end(instance);
    if (!faults.onceIn(5, 'activity twice')) instance.takenUntilMs = nowMs + TAKEN_MS;
    return instance;
  }

  /** Completes the pending task of the orchestration in a process, and continues it. */
  async work(deps: Deps, instance: Instance, stepFailed: (error: unknown) => void): Promise<void> {
    const { task } = instance;
    let result: unknown;
    if (task.kind === 'activity') {
      const { name, input } = structuredClone(task);
      const failed = (error: unknown) => {
        this.#tally.count('step of a backfill failed');
        stepFailed(error);
      };
      result =
        name === PLAN_ACTIVITY
          ? await planOrWait(deps, input as BackfillRef, failed)
          : await ingestOrWait(deps, input as SliceRef, failed);
    }
    instance.takenUntilMs = 0;
    // Another process has completed the task in between.
    if (instance.task !== task) return;
    this.#goOn(instance, result);
  }

  /** When the next timer fires. */
  nextAtMs(): number | undefined {
    const times = this.instances
      .filter(({ stuck }) => !stuck)
      .map(({ task, takenUntilMs }) =>
        Math.max(takenUntilMs, task.kind === 'timer' ? task.atMs : this.#time.nowMs),
      );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #begin(id: string, input: BackfillRef, stuck: boolean): void {
    this.#tally.count('orchestration: started');
    this.inputs.push(structuredClone(input));
    const worker = this.#generator(input);
    const createdAtMs = this.#time.nowMs;
    const begun = { id, input, worker, takenUntilMs: 0, createdAtMs, stuck };
    const instance = begun as unknown as Instance;
    this.instances.push(instance);
    this.#goOn(instance, undefined);
  }

  #goOn(instance: Instance, result: unknown): void {
    const { done, value } = instance.worker.next(result);
    if (done) this.#end(instance);
    else instance.task = value as Task;
  }

  #end(instance: Instance): void {
    this.finished.push(instance.createdAtMs);
    this.instances = this.instances.filter((one) => one !== instance);
  }

  #generator(input: BackfillRef): Generator<unknown, void> {
    const engine = this;
    return (function* () {
      for (let again = true; again; ) {
        again = false;
        const continueAsNew = () => {
          again = true;
        };
        yield* backfillWorker(engine.#context(input, continueAsNew));
      }
    })();
  }

  #context(input: BackfillRef, continueAsNew: () => void): OrchestrationContext {
    const time = this.#time;
    const df = {
      getInput: () => structuredClone(input),
      setCustomStatus: () => {},
      get currentUtcDateTime() {
        return new Date(time.nowMs);
      },
      callActivity: (name: string, given: unknown): Task => ({
        kind: 'activity',
        name,
        input: given,
      }),
      createTimer: (at: Date): Task => ({ kind: 'timer', atMs: at.getTime() }),
      continueAsNew,
    };
    return { df } as unknown as OrchestrationContext;
  }
}
