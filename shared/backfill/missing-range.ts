/** Computes the part of the time before the connection that is not filled yet (pure). */
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import type { Connector } from '../storage/connectors.ts';
import type { BackfillLedger } from '../storage/positions.ts';
import { DAY_MS } from '../time.ts';
import { subtractRanges, type TimeRange } from '../time-ranges.ts';

/** The part of a range that Okta still keeps. A query for older events proves nothing. */
export const keptByOkta = ({ fromMs, toMs }: TimeRange, nowMs: number): TimeRange => ({
  fromMs: Math.max(fromMs, nowMs - OKTA_RETENTION_MS),
  toMs,
});

/**
 * The newest range before the connection that the configuration asks for and that no backfill of this
 * registration has covered: initially the whole range, later the difference after `backfillDays` was
 * raised. A canceled backfill counts as covered.
 */
export function missingRange(
  connector: Pick<Connector, 'connectedAtMs' | 'backfillDays' | 'registration'>,
  ledgers: readonly BackfillLedger[],
  nowMs: number,
): TimeRange | undefined {
  const { connectedAtMs: toMs, backfillDays, registration } = connector;
  const asked = ledgers.filter((one) => one.registration === registration && one.mode === 'fill');
  return subtractRanges({ fromMs: toMs - backfillDays * DAY_MS, toMs }, asked)
    .map((range) => keptByOkta(range, nowMs))
    .findLast((range) => range.fromMs < range.toMs);
}
