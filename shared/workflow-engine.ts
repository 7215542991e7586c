/** The port to the durable engine, and which instances drive a backfill. */

/** Names a backfill and one of its workers; all that orchestrations and activities are given. */
export interface BackfillRef {
  connectorId: string;
  generation: string;
  backfillId: string;
  /** Workers read side by side, each one slice at a time. */
  worker: number;
  /** Counts the sets of orchestrations: a set that was replaced has nothing to do any more. */
  attempt: number;
}

export interface WorkflowEngine {
  /** Starts an instance anew; an instance that is running already is left alone. */
  start(instanceId: string, input: BackfillRef): Promise<void>;
  /** Pending, running or suspended. */
  isActive(instanceId: string): Promise<boolean>;
  /** Forgets finished instances that were created before this instant. */
  purgeFinished(createdBeforeMs: number): Promise<void>;
}

/**
 * Letters, digits and `-` only, at most 100: the client puts ids into URLs as they are
 * (docs/azure.md, "Instance ids").
 */
export const instanceIdOf = (ref: BackfillRef): string =>
  `backfill-${ref.connectorId}-${ref.generation}-${ref.backfillId}-${ref.worker}-${ref.attempt}`;
