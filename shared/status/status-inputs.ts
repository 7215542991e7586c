/** The inputs of the status page, the lists and the coverage. */
import type { Connector } from '../storage/connectors.ts';
import type { BackfillLedger, LivePosition, SlicePosition } from '../storage/positions.ts';
import type { RateFacts } from '../storage/rate-facts.ts';
import type { StatusFacts } from '../storage/status-facts.ts';

/** The inputs of the status: the connector, and the facts and checkpoints of its runs. */
export interface StatusInputs {
  connector: Connector;
  facts: StatusFacts;
  rate: RateFacts;
  live: LivePosition | undefined;
  /** The latest backfill, with its open slices. */
  backfill: { ledger: BackfillLedger; open: SlicePosition[] } | undefined;
  /** The earlier backfills. */
  earlier: BackfillLedger[];
  /** The keys of its checkpoints that cannot be read. */
  unreadableKeys: readonly string[];
  /** False while storage refuses writes: its rows then describe an earlier time. */
  storageTakesWrites: boolean;
  nowMs: number;
}
