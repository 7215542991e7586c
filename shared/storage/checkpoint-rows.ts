/**
 * The rows of table `checkpoints` (checkpoints.ts): their keys, and the snapshot of one connector's
 * rows.
 */
import * as z from 'zod';
import {
  type BackfillLedger,
  backfillLedger,
  type LivePosition,
  livePosition,
  type SlicePosition,
  slicePosition,
} from './positions.ts';
import { FACTS_PREFIX } from './status-facts.ts';
import type { Row } from './table.ts';
import { type LeftOut, readable, readRow } from './unreadable-row.ts';

export const CHECKPOINTS_TABLE = 'checkpoints';
export const LIVE_KEY = 'live';
export const BACKFILL_POINTER_KEY = 'backfill';
export const backfillKey = (backfillId: string) => `backfill_${backfillId}`;

const pointerFields = z.object({ latest: z.string() });
/** The id of the backfill that the pointer names. */
export const latestOf = (pointer: Row): string =>
  readRow(pointerFields, CHECKPOINTS_TABLE, pointer).latest;

/** The chains and backfills of a connector. */
export interface CheckpointsSnapshot {
  live?: LivePosition;
  latestBackfillId?: string;
  /** The ledgers of all backfills, oldest first. */
  ledgers: BackfillLedger[];
  /** The open slices of all backfills. */
  slices: SlicePosition[];
  /** The rows of the facts (status-facts.ts), of every registration. */
  facts: Row[];
  /** The keys of rows that cannot be read. */
  unreadable: string[];
}

/** The snapshot of a connector without rows. */
export const NO_CHECKPOINTS: CheckpointsSnapshot = {
  ledgers: [],
  slices: [],
  facts: [],
  unreadable: [],
};

/** The snapshot of the rows of one partition. */
export async function snapshotOf(
  rows: AsyncIterable<Row> | Iterable<Row>,
): Promise<CheckpointsSnapshot> {
  const found: CheckpointsSnapshot = { ledgers: [], slices: [], facts: [], unreadable: [] };
  const add = (row: Row) => {
    const { key } = row;
    if (key === LIVE_KEY) found.live = readRow(livePosition, CHECKPOINTS_TABLE, row);
    else if (key.startsWith(FACTS_PREFIX)) found.facts.push(row);
    else if (key === BACKFILL_POINTER_KEY) found.latestBackfillId = latestOf(row);
    else if (key.startsWith(backfillKey('')))
      found.ledgers.push(readRow(backfillLedger, CHECKPOINTS_TABLE, row));
    else found.slices.push(readRow(slicePosition, CHECKPOINTS_TABLE, row));
  };
  const leftOut: LeftOut = (row) => void found.unreadable.push(row.key);
  for await (const _ of readable(rows, add, leftOut));
  return found;
}
