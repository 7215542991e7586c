/** The status page (docs/contract.md, "Status"), built from the rows of the runs (pure). */
import { estimatedMsLeft, percentComplete } from '../backfill/progress.ts';
import type { LiveState } from '../enumerations.ts';
import { isRetryable, type Problem } from '../errors.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import type { Counts } from '../sink/count-reader.ts';
import { isLeased } from '../storage/lease.ts';
import type {
  BackfillLedger,
  Counters,
  LivePosition,
  SlicePosition,
} from '../storage/positions.ts';
import type { StatusFacts } from '../storage/status-facts.ts';
import { DAY_MS, HOUR_MS } from '../time.ts';
import { coverageOf } from './coverage.ts';
import type { StatusInputs } from './status-inputs.ts';
import { type DerivedStatus, deriveStatus, lagMs, lastError, sinceMs } from './status-name.ts';

/**
 * A token expires after 30 idle days; every call restarts the period (docs/okta.md, "API tokens").
 */
const TOKEN_LIFE_MS = 30 * DAY_MS;

export const statusPage = (inputs: StatusInputs, counts: Counts) => ({
  ...statusWithoutCounts(inputs),
  counts: countsView(inputs, counts),
});

/** Counts cost a query per day: lists do without them. */
export function statusWithoutCounts(inputs: StatusInputs) {
  const { connector, facts, live, backfill, nowMs } = inputs;
  const derived = deriveStatus(inputs);
  const error = lastError(inputs);
  const verified =
    facts.verifiedVersion === connector.secretVersion ? facts.verifiedAtMs : undefined;
  return {
    id: connector.id,
    status: derived.name,
    statusReason: derived.reason,
    since: isoTimeOrNull(sinceMs(derived.name, connector, facts)),
    connectedAt: connector.createdAt,
    connectedBy: connector.createdBy,
    credential: {
      kind: 'apiToken' as const,
      lastVerifiedAt: isoTimeOrNull(verified),
      expiresIfIdleAt: isoTimeOrNull(verified && verified + TOKEN_LIFE_MS),
    },
    lastHealthCheck: healthView(facts.healthCheck),
    live: live ? liveView(inputs, live, derived) : null,
    backfill: backfill ? backfillView(backfill.ledger, backfill.open, nowMs) : null,
    rateLimit: rateView(inputs),
    gaps: gapsOf(inputs),
    lastError: error ? errorView(error.problem, error.atMs) : null,
    actionProbeAt: derived.name === 'ActionRequired' && live ? isoTimeOrNull(facts.dueAtMs) : null,
    losesAfter: isoTimeOrNull(losesAfterMs(inputs, derived)),
  };
}

/** While no poll succeeds, Okta drops unread events from this instant on. */
function losesAfterMs({ facts, live }: StatusInputs, { name }: DerivedStatus): number | undefined {
  if (!['Disabled', 'ActionRequired', 'Disconnected'].includes(name)) return undefined;
  const readToMs = live?.caughtUpAtMs ?? facts.lastSuccessAtMs;
  return readToMs === undefined ? undefined : readToMs + OKTA_RETENTION_MS;
}

const healthView = (health: StatusFacts['healthCheck']) =>
  health ? { at: isoTime(health.atMs), ok: health.ok, checks: health.checks } : null;

function liveView(inputs: StatusInputs, live: LivePosition, derived: DerivedStatus) {
  const { connector, facts, rate, nowMs } = inputs;
  const lag = lagMs(inputs);
  const state = (): LiveState => {
    if (!connector.enabled || derived.name === 'ActionRequired') return 'stopped';
    if (isLeased(live, nowMs)) return 'running';
    if ((rate.throttledUntilMs ?? 0) > nowMs) return 'throttled';
    return live.failures > 0 ? 'backingOff' : 'idle';
  };
  return {
    state: state(),
    lastAttemptAt: isoTimeOrNull(facts.lastAttemptAtMs),
    lastSuccessAt: isoTimeOrNull(facts.lastSuccessAtMs),
    nextRunAt: connector.enabled ? isoTimeOrNull(facts.dueAtMs) : null,
    lastEventAt: isoTimeOrNull(facts.lastEventAtMs),
    lagSeconds: lag === undefined ? null : Math.round(lag / 1000),
    caughtUp: facts.caughtUp ?? false,
    events: live.events,
    pages: live.pages,
    consecutiveFailures: live.failures,
    cursorResets: live.cursorResets,
  };
}

export function backfillView(ledger: BackfillLedger, open: SlicePosition[], nowMs: number) {
  const sum = (name: keyof Counters) =>
    open.reduce((total, slice) => total + slice[name], ledger[name]);
  const left = estimatedMsLeft(ledger, open, nowMs);
  return {
    id: ledger.backfillId,
    state: ledger.state,
    mode: ledger.mode,
    from: isoTime(ledger.fromMs),
    to: isoTime(ledger.toMs),
    percentComplete: percentComplete(ledger, open),
    events: sum('events'),
    pages: sum('pages'),
    requests: sum('requests'),
    missing: ledger.missing ?? null,
    slicesDone: ledger.slicesDone,
    slicesActive: open.length,
    estimatedSecondsLeft: left === undefined ? null : Math.round(left / 1000),
    startedAt: isoTime(ledger.startedAtMs),
    endedAt: isoTimeOrNull(ledger.endedAtMs),
  };
}

function rateView({ rate, nowMs }: StatusInputs) {
  const hour = Math.floor(nowMs / HOUR_MS);
  const throttled = (rate.throttled ?? []).filter(([at]) => at > hour - 24);
  return {
    limit: rate.limit ?? null,
    remaining: rate.remaining ?? null,
    resetAt: isoTimeOrNull(rate.resetAtMs),
    throttledUntil:
      (rate.throttledUntilMs ?? 0) > nowMs ? isoTimeOrNull(rate.throttledUntilMs) : null,
    count429Last24h: throttled.reduce((total, [, count]) => total + count, 0),
  };
}

function countsView({ live, backfill, earlier }: StatusInputs, counts: Counts) {
  const latest = [backfill?.ledger, ...(backfill?.open ?? [])];
  const chains = [live, ...earlier, ...latest].filter((one) => !!one);
  return {
    asOf: isoTime(counts.asOfMs),
    stored: counts.stored,
    duplicatesDropped: chains.reduce((total, one) => total + one.duplicates, 0),
    variants: chains.reduce((total, one) => total + one.variants, 0),
    deadLettered: counts.deadLettered,
    perDay: counts.perDay,
  };
}

const gapsOf = (inputs: StatusInputs) =>
  coverageOf(inputs).gaps.map(({ fromMs, toMs, reason }) => ({
    from: isoTime(fromMs),
    to: isoTime(toMs),
    reason,
  }));

function errorView({ code, message, remedy, innererror }: Problem, atMs: number) {
  return {
    code,
    message,
    remedy: remedy ?? null,
    at: isoTime(atMs),
    retryable: isRetryable(code),
    ...(innererror ? { innererror } : {}),
  };
}
