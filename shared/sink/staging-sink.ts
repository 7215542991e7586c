/**
 * The port behind which a `verify` keeps what it has read and the sink does not hold, until it is
 * clear whether it was missing (docs/architecture.md, "Verify"). A sink beside the built-in one does
 * without it.
 */
import type { OutOfTime } from '../clock.ts';
import type { SinkChain, SinkWriter } from './sink.ts';

export interface StagingSink {
  /** A writer that stores nothing yet: what is not in the sink is set aside under the chain's name. */
  openStaging(chain: SinkChain): SinkWriter;
  /**
   * Stores what was set aside and is still missing. Returns how many events the chain ever stored;
   * `more` when `outOfTime` said to leave the rest to another call.
   */
  commitStaged(chain: SinkChain, outOfTime: OutOfTime): Promise<number | 'more'>;
  /** Deletes what chains up to `last` have set aside; false when `outOfTime` said to leave the rest. */
  discardStaged(
    connectorId: string,
    generation: string,
    last: string,
    outOfTime: OutOfTime,
  ): Promise<boolean>;
}
