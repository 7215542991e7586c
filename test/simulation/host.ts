/** One process of the function app: its own clock, governor and caches; it may die at any step. */
import { readConfig } from '../../shared/config.ts';
import { Governor } from '../../shared/okta/governor.ts';
import { TablesSink } from '../../shared/sink/tables-sink.ts';
import { Audit } from '../../shared/storage/audit.ts';
import { Checkpoints } from '../../shared/storage/checkpoints.ts';
import { Connectors } from '../../shared/storage/connectors.ts';
import { Deliveries } from '../../shared/storage/deliveries.ts';
import { Runs } from '../../shared/storage/runs.ts';
import { StatusTable } from '../../shared/storage/status-facts.ts';
import type { WorkParts } from '../../shared/webhooks/work.ts';
import { HOUR } from '../support/samples.ts';
import type { Cloud } from './cloud.ts';
import type { Process } from './scheduler.ts';
import { type Line, SimTable, simBlobs } from './sim-table.ts';

const CONFIG = readConfig({
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  KEY_VAULT_URL: 'https://contoso.vault.azure.net',
  BACKFILL_PARALLEL_SLICES: '2',
});

export class Host implements Process {
  alive = true;
  readonly name: string;
  readonly line: Line;
  readonly #cloud: Cloud;
  readonly #parts: Omit<WorkParts, 'transport' | 'newRunId'>;

  constructor(cloud: Cloud, name: string) {
    this.name = name;
    this.#cloud = cloud;
    const { time, dice, faults, tables, tally } = cloud;
    this.line = { step: () => time.step(this), faults, dice };
    const skewMs = dice.below(3) === 0 ? (dice.below(5) - 2) * HOUR : 0;
    if (skewMs !== 0) tally.count('fault: clock of a process');
    // Known by the whole second of a reply.
    const errorMs = dice.below(1000) - 500;
    const table = (one: keyof typeof tables) => new SimTable(tables[one], this.line);
    this.#parts = {
      config: CONFIG,
      clock: {
        nowMs: () => time.nowMs + skewMs,
        sleep: (ms, signal) => time.sleep(this, ms, signal),
      },
      storageClock: { nowMs: () => cloud.storageClock.nowMs() + errorMs },
      connectors: new Connectors(table('connectors')),
      status: new StatusTable(table('status')),
      checkpoints: new Checkpoints(table('checkpoints')),
      sink: new TablesSink({
        events: table('events'),
        deadLetters: table('deadletters'),
        blobs: simBlobs(cloud.blobs, this.line),
      }),
      runs: new Runs(table('runs')),
      audit: new Audit(table('audit')),
      deliveries: new Deliveries(table('deliveries')),
      pollQueue: cloud.pollQueue.reachedBy(this.line),
      workQueue: cloud.workQueue.reachedBy(this.line),
      vault: cloud.vault.reachedBy(this.line),
      governor: new Governor(),
      reach: { resolve: async () => undefined, connect: async () => undefined },
    };
  }

  get orchestrations() {
    return this.#cloud.engine.reachedBy(this.line);
  }

  /** What one invocation of a function works with. */
  invocation(): WorkParts {
    const { okta, leases } = this.#cloud;
    let holder = '';
    return {
      ...this.#parts,
      transport: okta.reachedBy(this.line, this.#parts.clock, leases, () => holder),
      newRunId: () => {
        holder = `${this.name}-${this.#cloud.newId()}`;
        return holder;
      },
    };
  }
}
