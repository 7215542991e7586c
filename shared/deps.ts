/**
 * The dependencies of the product's logic: every port and store, wired in `services.ts`. A function
 * declares the dependencies that it uses with `Pick<Deps, …>`.
 */
import type { Chance } from './chance.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Governor } from './okta/governor.ts';
import type { OktaReach } from './okta/reach.ts';
import type { OktaTransport } from './okta/transport.ts';
import type { Sink } from './sink/sink.ts';
import type { StagingSink } from './sink/staging-sink.ts';
import type { SinkStores } from './sink/stores.ts';
import type { Slots } from './slots.ts';
import type { Audit } from './storage/audit.ts';
import type { Checkpoints } from './storage/checkpoints.ts';
import type { Connectors } from './storage/connectors.ts';
import type { Deliveries } from './storage/deliveries.ts';
import type { DueIndex } from './storage/due-index.ts';
import type { EventHooks } from './storage/event-hooks.ts';
import type { Heartbeats } from './storage/heartbeats.ts';
import type { MessageQueue, PollMessage, WorkMessage } from './storage/queue.ts';
import type { Runs } from './storage/runs.ts';
import type { StatusRows } from './storage/status-facts.ts';
import type { StatusUpgrade } from './storage/status-upgrade.ts';
import type { StorageClock } from './storage/table.ts';
import type { TokenVault } from './vault/vault.ts';
import type { WorkflowEngine } from './workflow-engine.ts';

export interface Deps {
  config: Config;
  /** The clock of this computer. */
  clock: Clock;
  chance: Chance;
  /** The clock of the storage service, which all instances share. */
  storageClock: StorageClock;
  connectors: Connectors;
  eventHooks: EventHooks;
  status: StatusRows;
  statusUpgrade: StatusUpgrade;
  due: DueIndex;
  heartbeats: Heartbeats;
  checkpoints: Checkpoints;
  sink: Sink;
  stagingSink: StagingSink;
  sinkStores: SinkStores;
  runs: Runs;
  audit: Audit;
  deliveries: Deliveries;
  pollQueue: MessageQueue<PollMessage>;
  workQueue: MessageQueue<WorkMessage>;
  vault: TokenVault;
  /** Limits the live runs of this process that catch up: each holds pages of events. */
  catchUps: Slots;
  governor: Governor;
  transport: OktaTransport;
  reach: OktaReach;
  /** Bound to one invocation: the platform provides a durable client to each. */
  workflows: WorkflowEngine;
}
