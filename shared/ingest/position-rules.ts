/**
 * Invariants of a chain's position, asserted after it is read and before it is written. A violation is
 * a defect of the connector. It ends only the run that detects it.
 */
import assert from 'node:assert/strict';
import { type ChainPosition, NO_COUNTS } from '../storage/positions.ts';

const COUNTERS = Object.keys(NO_COUNTS) as (keyof typeof NO_COUNTS)[];

/** Called after the read. */
export function assertPosition(position: ChainPosition & { fromMs?: number; toMs?: number }): void {
  for (const name of COUNTERS)
    assert(position[name] >= 0 && Number.isSafeInteger(position[name]), `${name} is no count`);
  assert(position.failures >= 0, 'failures is no count');
  assert(
    (position.leaseHolder === undefined) === (position.leaseUntilMs === undefined),
    'a lease has a holder and an end, or neither',
  );
  const { fromMs, toMs } = position;
  if (fromMs !== undefined && toMs !== undefined)
    assert(fromMs <= toMs, 'a slice ends before it begins');
}

/**
 * Called before the write: no value moves backwards, and `holder` has the lease. A run without the lease
 * passes no holder.
 */
export function assertAdvance<T extends ChainPosition & { fromMs?: number; toMs?: number }>(
  before: T,
  after: T,
  holder: string | undefined,
): void {
  assert(
    holder === undefined || before.leaseHolder === holder,
    'only the holder of the lease moves a position',
  );
  for (const name of COUNTERS) assert(after[name] >= before[name], `${name} has fallen`);
  assert(after.generation === before.generation, 'a chain stays in its generation');
  assert(after.fromMs === before.fromMs, 'a slice stays where it begins');
  assert((after.toMs ?? 0) <= (before.toMs ?? 0), 'a slice does not grow');
  assertPosition(after);
}
