/**
 * The port behind which events are kept: three methods, with the rules of
 * `test/support/sink-conformance.ts`. Writing is idempotent by (`published`, `uuid`): any page may
 * come again, from the same chain after a crash or from another chain, and changes nothing.
 */
import type { OutOfTime } from '../clock.ts';
import type { ChainKind } from '../enumerations.ts';
import type { RawEvent } from '../okta/split-events.ts';

export type EventSource = ChainKind;

/** The chain that writes: its connector, its name in the day counters, and what its events show as source. */
export interface SinkChain {
  connectorId: string;
  generation: string;
  /** `live`, `b<backfill>_<from>`, or `v<backfill>` of a verify: letters, digits, `_` only. */
  name: string;
  source: EventSource;
  /** No run of it has confirmed anything yet. */
  fresh?: boolean;
}

export interface Written {
  /** Already there, or twice on this page. */
  duplicates: number;
  /** Duplicates whose bytes differ from what is stored. */
  variants: number;
}

export interface Sink {
  /** A writer for one run of one chain. It remembers the counter rows that the run has moved. */
  open(chain: SinkChain): SinkWriter;
  /** Deletes all of a generation; false when `outOfTime` said to leave the rest to another run. */
  purge(connectorId: string, generation: string, outOfTime: OutOfTime): Promise<boolean>;
  /** Throws when a row cannot be written: for the test of a connector. */
  check(connectorId: string, generation: string): Promise<void>;
}

export interface SinkWriter {
  /** Returns once every event is stored. Throws when that is not certain: then nothing may advance. */
  write(events: readonly RawEvent[]): Promise<Written>;
}
