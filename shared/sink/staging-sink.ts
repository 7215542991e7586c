/**
 * The port to the staged events of a `verify`: events that were not in the sink when they were
 * read, until it is clear whether they were missing (docs/architecture.md, "Verify"). Only the
 * built-in sink needs it.
 */
import type { OutOfTime } from '../clock.ts';
import type { SinkChain, SinkWriter } from './sink.ts';

export interface StagingSink {
  /** A writer that stages the events that are not in the sink, under the chain's name. */
  openStaging(chain: SinkChain): SinkWriter;
  /**
   * Stores the staged events that are still missing. Returns how many events the chain ever stored;
   * `more` when it ran out of time and another call has to continue.
   */
  commitStaged(chain: SinkChain, outOfTime: OutOfTime): Promise<number | 'more'>;
  /** Deletes the staged events of chains up to `last`; false when it ran out of time. */
  discardStaged(
    connectorId: string,
    generation: string,
    last: string,
    outOfTime: OutOfTime,
  ): Promise<boolean>;
}
