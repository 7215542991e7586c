/**
 * The name of a connector's status, by the precedence of the contract (docs/contract.md,
 * "Status"; pure).
 */
import type { StatusName } from '../enumerations.ts';
import { needsOperator } from '../errors.ts';
import { blockingError } from '../ingest/live-outcome.ts';
import { unreadableRows } from '../problems.ts';
import type { Connector } from '../storage/connectors.ts';
import type { RateFacts } from '../storage/rate-facts.ts';
import type { LastError, StatusFacts } from '../storage/status-facts.ts';
import { storageUnavailable } from '../storage/unavailable.ts';
import { HOUR_MS } from '../time.ts';
import { coverageOf } from './coverage.ts';
import type { StatusInputs } from './status-inputs.ts';

const WRITES_REFUSED = storageUnavailable('The storage account takes no writes now.');
const DISCONNECTED_AFTER_MS = 2 * HOUR_MS;
/** Live is late when its lag is more than this many poll intervals. */
const LATE_INTERVALS = 10;

/**
 * The error on the status page: the first error that an operator must repair, otherwise the latest
 * error.
 */
export function lastError(inputs: StatusInputs): LastError | undefined {
  const { connector, unreadableKeys, storageTakesWrites, nowMs } = inputs;
  const facts = presentFacts(inputs);
  // Runs cannot store the error of a storage that refuses writes.
  const storage = storageTakesWrites ? null : { problem: WRITES_REFUSED, atMs: nowMs };
  const rows =
    unreadableKeys.length > 0 ? { problem: unreadableRows(unreadableKeys), atMs: nowMs } : null;
  const errors = [storage, facts.liveError, facts.backfillError, facts.deliveryError, rows];
  return blockingError(facts, connector) ?? latestOf(connector, errors);
}

/** Errors of an ended backfill no longer count. */
function presentFacts({ facts, backfill }: StatusInputs): StatusFacts {
  return backfill?.ledger.state === 'Running' ? facts : { ...facts, backfillError: null };
}

/** The latest error; ignores errors of an earlier credential. */
function latestOf(
  connector: Connector,
  errors: readonly (LastError | null | undefined)[],
): LastError | undefined {
  return errors
    .filter((error) => !!error)
    .filter(
      (error) =>
        error.secretVersion === connector.secretVersion || !needsOperator(error.problem.code),
    )
    .toSorted((a, b) => b.atMs - a.atMs)[0];
}

export interface DerivedStatus {
  name: StatusName;
  reason: string | null;
}

export function deriveStatus(inputs: StatusInputs): DerivedStatus {
  const { connector, backfill, nowMs } = inputs;
  const facts = presentFacts(inputs);
  if (!connector.enabled) return { name: 'Disabled', reason: 'disabled' };
  if (connector.state === 'failed')
    return { name: 'ActionRequired', reason: facts.deliveryError?.problem.code ?? 'failed' };
  // A refused delivery does not change a working connector.
  const broken = blockingError(facts, connector);
  if (broken) return { name: 'ActionRequired', reason: broken.problem.code };
  const error = latestOf(connector, [facts.liveError, facts.backfillError]);
  const { storageTakesWrites } = inputs;
  const reason = storageTakesWrites ? (error?.problem.code ?? null) : WRITES_REFUSED.code;
  if (facts.lastSuccessAtMs === undefined)
    return { name: 'Connecting', reason: reason ?? 'firstPoll' };
  if (nowMs - facts.lastSuccessAtMs > DISCONNECTED_AFTER_MS)
    return { name: 'Disconnected', reason: reason ?? 'noSuccess' };
  if (!storageTakesWrites) return { name: 'Degraded', reason };
  const lag = lagMs(inputs) ?? 0;
  if (lag > LATE_INTERVALS * connector.pollIntervalSeconds * 1000)
    return { name: 'Degraded', reason: reason ?? 'liveLate' };
  if (backfill?.ledger.state === 'Failed') return { name: 'Degraded', reason: 'backfillFailed' };
  if (coverageOf(inputs).gaps.some((gap) => gap.reason === 'unreadable'))
    return { name: 'Degraded', reason: 'unreadable' };
  if (inputs.unreadableKeys.length > 0) return { name: 'Degraded', reason: 'unreadableRow' };
  return { name: 'Connected', reason: null };
}

/**
 * While caught up, the age of the last poll that reached the end. Otherwise the age of the newest
 * event read or of that poll, whichever is later.
 */
export function lagMs({
  facts,
  live,
  rate,
  nowMs,
}: Pick<StatusInputs, 'facts' | 'live' | 'rate' | 'nowMs'>): number | undefined {
  if (!live) return undefined;
  const { caughtUpAtMs, newestPublishedMs } = live;
  const known = facts.caughtUp ? [caughtUpAtMs] : [caughtUpAtMs, newestPublishedMs];
  const readToMs = Math.max(...known.filter((ms) => ms !== undefined));
  return Number.isFinite(readToMs) ? Math.max(0, oktaNowMs(rate, nowMs) - readToMs) : undefined;
}

/** The present by Okta's clock, like the other instants: it can differ from the app's by hours. */
const oktaNowMs = ({ dateMs = 0, seenAtMs = 0 }: RateFacts, nowMs: number): number =>
  nowMs + dateMs - seenAtMs;

/** The start of the connector's present status, if the facts show it. */
export function sinceMs(
  name: StatusName,
  { createdAt, updatedAt }: Connector,
  facts: StatusFacts,
): number | undefined {
  switch (name) {
    case 'Disabled':
      return Date.parse(updatedAt);
    case 'Connecting':
      return Date.parse(createdAt);
    case 'ActionRequired':
      return facts.failingSinceMs;
    case 'Disconnected':
      return (facts.lastSuccessAtMs ?? 0) + DISCONNECTED_AFTER_MS;
    default:
      return facts.wellSinceMs;
  }
}
