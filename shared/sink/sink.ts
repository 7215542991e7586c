/**
 * The port to the store of events: three methods, with the rules of
 * `test/support/sink-conformance.ts`. Writing is idempotent by (`published`, `uuid`): a repeated
 * page, from the same chain after a crash or from another chain, changes nothing.
 */
import type { OutOfTime } from '../clock.ts';
import type { ChainKind } from '../enumerations.ts';
import type { RawEvent } from '../okta/split-events.ts';

export type EventSource = ChainKind;

/**
 * The chain that writes: its connector, its name in the day counters, and the source of its events.
 */
export interface SinkChain {
  connectorId: string;
  generation: string;
  /** `live`, `b<backfill>_<from>`, or `v<backfill>` of a verify: letters, digits, `_` only. */
  name: string;
  source: EventSource;
  /** No run of the chain has confirmed a page yet. */
  fresh?: boolean;
}

export interface Written {
  /** Stored already, or repeated on this page. */
  duplicates: number;
  /** Duplicates whose bytes differ from the stored event. */
  variants: number;
}

export interface Sink {
  /** A writer for one run of one chain. It caches the counter rows that the run has moved. */
  open(chain: SinkChain): SinkWriter;
  /** Deletes all data of a generation; false when it ran out of time. */
  purge(connectorId: string, generation: string, outOfTime: OutOfTime): Promise<boolean>;
  /** Throws when a row cannot be written; used by the test of a connector. */
  check(connectorId: string, generation: string): Promise<void>;
}

export interface SinkWriter {
  /**
   * Returns once every event is stored, or kept as a dead letter when it can never be stored. Throws
   * when this is not certain; the cursor must then not advance.
   */
  write(events: readonly RawEvent[]): Promise<Written>;
}
