/** Decides whether work is left on the backfills of a connector (pure). */
import type { CheckpointsSnapshot } from '../storage/checkpoint-rows.ts';
import type { Connector } from '../storage/connectors.ts';
import { type BackfillLedger, isOfRegistration } from '../storage/positions.ts';
import { WRITES_FOR_MS } from '../storage/unfinished.ts';
import { missingRange } from './missing-range.ts';

/** False also while a run that began before the end of a backfill may still write to it. */
export function areBackfillsFinished(
  connector: Connector,
  { ledgers, slices }: Pick<CheckpointsSnapshot, 'ledgers' | 'slices'>,
  nowMs: number,
): boolean {
  const hasEnded = ({ state, endedAtMs = 0 }: BackfillLedger) =>
    state !== 'Running' && nowMs - endedAtMs > WRITES_FOR_MS;
  return (
    slices.length === 0 &&
    ledgers.every(hasEnded) &&
    !ledgers.some((ledger) => isRetried(connector, ledger, ledger !== ledgers.at(-1))) &&
    missingRange(connector, ledgers, nowMs) === undefined
  );
}

/**
 * The ranges that a backfill has set aside are retried once a day, until they can be read or Okta has
 * dropped them. The staged events of an earlier verify were deleted with it.
 */
export function isRetried(
  connector: Connector,
  ledger: BackfillLedger,
  isEarlier: boolean,
): boolean {
  const { state, unreadable, mode } = ledger;
  if (state !== 'Failed' || unreadable.length === 0) return false;
  if (isEarlier && mode === 'verify') return false;
  return isOfRegistration(ledger, connector);
}
