/**
 * The timer trigger (docs/azure.md, "Timer trigger"): six fields, UTC, one run at a time. Ticks missed
 * during a run, or while the host was stopped, become one run. The last tick is stored, so a host that
 * starts past due runs the function at once with `isPastDue`.
 */
import { TableClient } from '@azure/data-tables';
import { Cron } from 'croner';
import type { RegisteredFunction, TypedData } from './base/functions.ts';
import { resolveSettings } from './base/host-json.ts';
import { log } from './base/log.ts';
import type { Worker } from './base/worker.ts';

const NEVER = '0001-01-01T00:00:00+00:00';
/** The longest wait of Node's timers: a longer wait would end at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export interface Timers {
  /**
   * Runs a timer function as soon as none of its runs is active. Returns false when no such function
   * exists.
   */
  runNow(name: string): boolean;
  /** Starts no new run. Resolves when the last run has ended. */
  stop(): Promise<void>;
}

export async function startTimers(worker: Worker, connectionString: string): Promise<Timers> {
  const table = TableClient.fromConnectionString(connectionString, 'DevHostTimers', {
    allowInsecureConnection: true,
  });
  await table.createTable();
  const timers = worker.withTrigger('timerTrigger').map((one) => new Timer(worker, one, table));
  for (const timer of timers) await timer.start();
  return {
    runNow: (name) => {
      const timer = timers.find((one) => one.isNamed(name));
      timer?.runNow();
      return timer !== undefined;
    },
    stop: async () => {
      await Promise.all(timers.map((timer) => timer.stop()));
    },
  };
}

class Timer {
  readonly #worker: Worker;
  readonly #function: RegisteredFunction;
  readonly #table: TableClient;
  readonly #cron: Cron;
  #last: string = NEVER;
  #running: Promise<void> = Promise.resolve();
  #timeout: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(worker: Worker, one: RegisteredFunction, table: TableClient) {
    this.#worker = worker;
    this.#function = one;
    this.#table = table;
    this.#cron = new Cron(resolveSettings(one.trigger.schedule ?? ''), {
      timezone: 'UTC',
      paused: true,
      mode: '6-part',
    });
  }

  async start(): Promise<void> {
    const kept = await this.#table
      .getEntity<{ last: string }>('timer', this.#function.name)
      .catch(() => undefined);
    if (kept) this.#last = kept.last;
    const missed = kept && this.#cron.nextRun(new Date(kept.last));
    const pastDue = !!missed && missed.getTime() <= Date.now();
    if (pastDue || this.#function.trigger.runOnStartup) this.#run(pastDue);
    else this.#schedule();
  }

  isNamed(name: string): boolean {
    return this.#function.name.toLowerCase() === name.toLowerCase();
  }

  runNow(): void {
    clearTimeout(this.#timeout);
    void this.#running.then(() => {
      clearTimeout(this.#timeout);
      if (!this.#stopped) this.#run(false);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timeout);
    await this.#running;
  }

  #schedule(): void {
    if (this.#stopped) return;
    // Node's timers may fire slightly early: one millisecond is added so that no run starts before its
    // tick.
    const waitMs = (this.#cron.msToNext() ?? 1000) + 1;
    this.#timeout =
      waitMs > LONGEST_WAIT_MS
        ? setTimeout(() => this.#schedule(), LONGEST_WAIT_MS)
        : setTimeout(() => this.#run(false), waitMs);
  }

  #run(isPastDue: boolean): void {
    this.#running = this.#invoke(isPastDue)
      .catch((error) => log('error', this.#function.name, String(error?.stack ?? error)))
      .finally(() => this.#schedule());
  }

  async #invoke(isPastDue: boolean): Promise<void> {
    const tick = new Date().toISOString();
    const next = this.#cron.nextRun()?.toISOString();
    const { trigger, name } = this.#function;
    const inputs = [
      {
        name: trigger.name,
        data: {
          json: JSON.stringify({
            Schedule: { AdjustForDST: true },
            ScheduleStatus: { Last: this.#last, Next: next, LastUpdated: this.#last },
            IsPastDue: isPastDue,
          }),
        } as TypedData,
      },
    ];
    try {
      await this.#worker.invoke(this.#function, inputs);
    } finally {
      this.#last = tick;
      await this.#table.upsertEntity({ partitionKey: 'timer', rowKey: name, last: tick });
    }
  }
}
