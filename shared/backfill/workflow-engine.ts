/** The port to the durable engine, and which instances drive a backfill. */
import type { BackfillRef } from './plan.ts';

export interface Orchestrations {
  /** Starts an instance anew; one that is running already is left alone. */
  start(instanceId: string, input: BackfillRef): Promise<void>;
  /** Pending, running or suspended. */
  isActive(instanceId: string): Promise<boolean>;
}

/** Letters, digits and `-` only, at most 100: the client puts ids into URLs as they are (azure.md §1.3). */
export const instanceIdOf = (ref: BackfillRef): string =>
  `backfill-${ref.connectorId}-${ref.generation}-${ref.backfillId}-${ref.worker}-${ref.attempt}`;
