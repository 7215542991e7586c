/** The port to the durable engine, and the instances that run a backfill. */

/** Identifies a worker of a backfill: the input of orchestrations and activities. */
export interface BackfillRef {
  connectorId: string;
  generation: string;
  backfillId: string;
  /** The worker's number. Workers run in parallel, each with one slice at a time. */
  worker: number;
  /** Counts the sets of orchestrations: the workers of a replaced set stop. */
  attempt: number;
}

export interface WorkflowEngine {
  /** Starts an instance; a running instance is not affected. */
  start(instanceId: string, input: BackfillRef): Promise<void>;
  /** Pending, running or suspended. */
  isActive(instanceId: string): Promise<boolean>;
  /** Purges finished instances that were created before this instant. */
  purgeFinished(createdBeforeMs: number): Promise<void>;
}

/**
 * Letters, digits and `-` only, at most 100: the client puts ids into URLs unencoded (docs/azure.md,
 * "Instance ids").
 */
export const instanceIdOf = (ref: BackfillRef): string =>
  `backfill-${ref.connectorId}-${ref.generation}-${ref.backfillId}-${ref.worker}-${ref.attempt}`;
