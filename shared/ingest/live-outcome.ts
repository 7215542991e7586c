/** Derives the result of a live run: for the chain, for the status page and for the next run. */
import { needsOperator, type Problem } from '../errors.ts';
import type { LogsFailed, LogsThrottled } from '../okta/logs.ts';
import type { Connector } from '../storage/connectors.ts';
import type { LivePosition } from '../storage/positions.ts';
import type { Throttled } from '../storage/rate-facts.ts';
import type { LastError, StatusChange, StatusFacts } from '../storage/status-facts.ts';
import { HOUR_MS, MINUTE_MS } from '../time.ts';
import { restartAfter } from './live-restart.ts';
import type { Conclusion, EndedRun } from './run-under-lease.ts';

const FIRST_BACK_OFF_SECONDS = 5;
const LONGEST_BACK_OFF_SECONDS = 600;
/** The probe interval for a connector that an operator must repair. */
const REPAIR_PROBE_SECONDS = 3600;

/**
 * After this time, an unresolved name, or a refusal by a server other than Okta, is regarded as
 * permanent.
 */
const PROVED_AFTER_MS = 30 * 60_000;

export type PollResult =
  /** The connector is deleted or disabled. */
  | { kind: 'gone' }
  /** No run: the message came too early. */
  | { kind: 'notDue'; dueAtMs: number }
  /** Another run holds the connector. */
  | { kind: 'dropped' }
  /** The run has ended; `dueAtMs` is the time of the next, whose message may be sent already. */
  | { kind: 'done'; dueAtMs: number; sentAtMs?: number }
  /** More pages are available now. */
  | { kind: 'again' };

export interface LiveRun extends EndedRun<LivePosition> {
  connector: Connector;
  /** The facts when the run began. */
  facts: StatusFacts;
}

export function concludeLive(run: LiveRun): Conclusion<LivePosition, PollResult> {
  const { outcome, position, connector, nowMs, startedAtMs } = run;
  switch (outcome.kind) {
    case 'lost':
      return { unrecorded: true, result: { kind: 'dropped' } };
    case 'ended': {
      const { pollIntervalSeconds } = connector;
      const dueAtMs = nextDueMs(run.facts.dueAtMs, startedAtMs, pollIntervalSeconds * 1000);
      const facts = { ...success(run), caughtUp: true, dueAtMs };
      const result = { kind: 'done' as const, dueAtMs };
      if (isLeftOut(run)) return { facts, unrecorded: true, result };
      return { facts: run.events > 0 ? facts : { ...facts, idleRunAtMs: nowMs }, result };
    }
    case 'budget':
      return { facts: { ...progress(run), dueAtMs: nowMs }, result: { kind: 'again' } };
    case 'wait': {
      const dueAtMs = nowMs + outcome.waitMs;
      const facts = { lastAttemptAtMs: startedAtMs, ...progress(run), dueAtMs };
      return {
        release: { change: {}, requests: 0 },
        facts,
        // A run that sent no request is no part of the history.
        unrecorded: run.pages === 0,
        result: { kind: 'done', dueAtMs },
      };
    }
    case 'throttled': {
      const dueAtMs = nowMs + outcome.waitMs;
      return {
        release: { change: {}, requests: 1 },
        facts: { ...failure(run, outcome.problem), dueAtMs },
        throttled: throttledBy(outcome, nowMs),
        result: { kind: 'done', dueAtMs },
      };
    }
    default: {
      const failures = position.failures + 1;
      const problem = provedProblem(outcome, run.facts.liveError, nowMs);
      const restart = restartAfter(outcome, position, failures, connector.origin, nowMs);
      const retrySeconds = Math.max(backOff(failures), (outcome.retryAfterMs ?? 0) / 1000);
      const seconds = needsOperator(problem.code) ? REPAIR_PROBE_SECONDS : retrySeconds;
      const dueAtMs = nowMs + seconds * 1000;
      return {
        release: { change: { ...restart, failures }, requests: 1 },
        facts: { ...failure(run, problem), dueAtMs },
        result: { kind: 'done', dueAtMs },
      };
    }
  }
}

/**
 * The next poll keeps the rhythm of the interval, however long a message waits for its run. Intervals
 * of whole minutes fall on the full minute, together with the ticks of the timer.
 */
export function nextDueMs(
  dueAtMs: number | undefined,
  startedAtMs: number,
  intervalMs: number,
): number {
  const isInRhythm = dueAtMs !== undefined && startedAtMs - dueAtMs < intervalMs;
  const nextMs = (isInRhythm ? dueAtMs : startedAtMs) + intervalMs;
  return intervalMs % MINUTE_MS === 0 ? Math.round(nextMs / MINUTE_MS) * MINUTE_MS : nextMs;
}

/** The history shows a series of polls without events once an hour. */
const isLeftOut = ({ facts, events, nowMs }: LiveRun): boolean =>
  events === 0 && !facts.liveError && nowMs - (facts.idleRunAtMs ?? 0) < HOUR_MS;

/**
 * The error that a failed read proves. An error that an operator must repair is proved only by a series
 * of failures.
 */
function provedProblem(
  { problem, ifItLasts }: LogsFailed,
  before: LastError | null | undefined,
  nowMs: number,
): Problem {
  if (!ifItLasts || !before) return problem;
  const isProved =
    before.problem.code === ifItLasts.code ||
    (isSame(before.problem, problem) && nowMs - (before.sinceMs ?? before.atMs) >= PROVED_AFTER_MS);
  return isProved ? ifItLasts : problem;
}

const isSame = (one: Problem, other: Problem): boolean =>
  one.code === other.code && one.message === other.message;

export const throttledBy = ({ waitMs, reason }: LogsThrottled, nowMs: number): Throttled => ({
  untilMs: nowMs + waitMs,
  concurrencyLimited: reason === 'concurrency',
});

const backOff = (failures: number): number =>
  Math.min(FIRST_BACK_OFF_SECONDS * 2 ** (failures - 1), LONGEST_BACK_OFF_SECONDS);

/** A run that confirmed pages was successful until it stopped, and more pages are available. */
const progress = (run: LiveRun): StatusChange =>
  run.pages > 0 ? { ...success(run), caughtUp: false } : {};

function success({ connector, facts, position, nowMs, startedAtMs }: LiveRun): StatusChange {
  const wasWell = facts.wellSinceMs !== undefined && !facts.liveError;
  return {
    wellSinceMs: wasWell ? facts.wellSinceMs : nowMs,
    lastAttemptAtMs: startedAtMs,
    lastSuccessAtMs: nowMs,
    verifiedAtMs: nowMs,
    lastEventAtMs: position.newestPublishedMs,
    verifiedVersion: connector.secretVersion,
    liveError: null,
    deliveryError: null,
  };
}

function failure(run: LiveRun, problem: Problem): StatusChange {
  const { connector, facts, startedAtMs, nowMs } = run;
  const { liveError: before } = facts;
  const isSeries = before && run.pages === 0 && isSame(before.problem, problem);
  const sinceMs = isSeries ? (before.sinceMs ?? before.atMs) : nowMs;
  return {
    ...progress(run),
    lastAttemptAtMs: startedAtMs,
    failingSinceMs: facts.liveError && run.pages === 0 ? facts.failingSinceMs : nowMs,
    liveError: { problem, atMs: nowMs, sinceMs, secretVersion: connector.secretVersion },
  };
}

/**
 * The error that an operator must repair first. An error of an earlier credential does not apply to the
 * current credential. After Okta refused a backfill, a later successful live run proves the credential
 * good.
 */
export function blockingError(
  facts: Pick<StatusFacts, 'liveError' | 'backfillError' | 'lastSuccessAtMs'>,
  { secretVersion }: Pick<Connector, 'secretVersion'>,
): LastError | undefined {
  const { liveError, backfillError, lastSuccessAtMs = 0 } = facts;
  const refused = backfillError && backfillError.atMs >= lastSuccessAtMs ? backfillError : null;
  return [liveError, refused]
    .filter((error) => !!error)
    .find((error) => needsOperator(error.problem.code) && error.secretVersion === secretVersion);
}
