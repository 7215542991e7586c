/** Derives the result of a run over a slice: for the slice, for the status page and for the worker. */
import { type ErrorCode, needsOperator, type Problem } from '../errors.ts';
import { throttledBy } from '../ingest/live-outcome.ts';
import type { Conclusion, EndedRun } from '../ingest/run-under-lease.ts';
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import type { LogsFailed } from '../okta/logs.ts';
import { widthOf } from '../okta/logs-url.ts';
import { creation, sliceKey } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import type { SlicePosition } from '../storage/positions.ts';
import type { StatusChange, StatusFacts } from '../storage/status-facts.ts';
import type { Operation } from '../storage/table.ts';
import { newSlice } from './new-slice.ts';
import { type Failure, restartedSlice, retryPlan, unreadFrom } from './slice-retry.ts';

/**
 * After this wait, the worker asks again whether the connector may poll: a live run may have proved the
 * credential good.
 */
const REPAIR_WAIT_SECONDS = 60;
/** Kept short, so that every slice resumes soon after Okta has recovered. */
const LONGEST_BACK_OFF_SECONDS = 60;
/** Used for ranges that were set aside before: their retry is not urgent. */
const LONGEST_BACK_OFF_OF_A_TRY_SECONDS = 600;
const LATELY_MS = 5 * 60_000;

/**
 * The result for the orchestration: how long to leave the slice alone. A duration, never an instant,
 * because the orchestration has no clock.
 */
export interface SliceRun {
  waitSeconds: number;
}

export const DONE: SliceRun = { waitSeconds: 0 };
/** Another runner holds the slice. The worker checks again when that lease may have expired. */
export const HELD: SliceRun = { waitSeconds: 10 };

export interface SliceEnd extends EndedRun<SlicePosition> {
  connector: Connector;
  /** The facts when the run began. */
  facts: StatusFacts;
}

export function concludeSlice(run: SliceEnd): Conclusion<SlicePosition, SliceRun> {
  const { connector, outcome, pages, nowMs } = run;
  const well: StatusChange = { backfillError: null, backfillReadAtMs: nowMs };
  const { secretVersion } = connector;
  const failed = (problem: Problem): StatusChange => ({
    backfillError: { problem, atMs: nowMs, secretVersion },
  });
  switch (outcome.kind) {
    case 'ended':
    case 'budget':
      return { facts: well, result: DONE };
    case 'lost':
      return { result: HELD };
    case 'wait':
      return {
        release: { change: {}, requests: 0 },
        ...(pages > 0 ? { facts: well } : {}),
        result: { waitSeconds: Math.ceil(outcome.waitMs / 1000) },
      };
    case 'throttled':
      return {
        release: { change: {}, requests: 1 },
        facts: failed(outcome.problem),
        throttled: throttledBy(outcome, nowMs),
        result: { waitSeconds: Math.ceil(outcome.waitMs / 1000) },
      };
    default:
      return concludeFailure(run, outcome, failed(outcome.problem));
  }
}

function concludeFailure(
  { connector, facts, position, pages, nowMs }: SliceEnd,
  { problem, fault, dateMs }: LogsFailed,
  shown: StatusChange,
): Conclusion<SlicePosition, SliceRun> {
  const failures = position.failures + 1;
  const failingSinceMs = position.failures > 0 ? (position.failingSinceMs ?? nowMs) : nowMs;
  const isOktaWell = isWellElsewhere(facts, connector, failingSinceMs, nowMs);
  const { change, together = [] } = mended(connector, position, {
    ...{ problem, fault, failures, isOktaWell, failingForMs: nowMs - failingSinceMs },
    answeredMs: position.answeredWidthMs ?? 0,
    nowMs: dateMs ?? nowMs,
  });
  const longestSeconds = position.again
    ? LONGEST_BACK_OFF_OF_A_TRY_SECONDS
    : LONGEST_BACK_OFF_SECONDS;
  const waitSeconds = waitAfter(problem, failures, change !== SAME, longestSeconds);
  return {
    release: {
      change: { failures, failingSinceMs, retryAtMs: nowMs + waitSeconds * 1000, ...change },
      requests: 1,
      together,
    },
    facts: pages > 0 ? { ...shown, backfillReadAtMs: nowMs } : shown,
    result: { waitSeconds },
  };
}

function waitAfter(
  { code }: Problem,
  failures: number,
  isChanged: boolean,
  longestSeconds: number,
): number {
  if (needsOperator(code)) return REPAIR_WAIT_SECONDS;
  return isChanged ? 1 : Math.min(2 ** failures, longestSeconds);
}

/**
 * Whether another request for this org's log has succeeded recently, after the slice began to fail. The
 * fault then lies in this time range or its width, not in Okta (docs/okta.md, "Failing queries").
 */
function isWellElsewhere(
  { lastSuccessAtMs = 0, backfillReadAtMs = 0, liveError }: StatusFacts,
  { pollIntervalSeconds }: Connector,
  sinceMs: number,
  nowMs: number,
): boolean {
  const lastMs = Math.max(liveError ? 0 : lastSuccessAtMs, backfillReadAtMs);
  const latelyMs = Math.max(LATELY_MS, 2 * pollIntervalSeconds * 1000);
  return lastMs > sinceMs && lastMs > nowMs - latelyMs;
}

/**
 * Errors that the requested range can cause. All others concern the token, the storage or the vault.
 */
const ABOUT_THE_STRETCH: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'OktaServerError',
  'OktaTimeout',
  'OktaUnreachable',
  'OktaBadResponse',
  'InternalError',
]);

const SAME: Partial<SlicePosition> = {};

/** Decides how a failed slice continues: the change to the slice, and the slice that is split off. */
function mended(
  { origin }: Connector,
  position: SlicePosition,
  failure: Failure & { problem: Problem; nowMs: number },
): { change: Partial<SlicePosition>; together?: Operation[] } {
  const { problem, fault, failures, nowMs } = failure;
  if (fault === 'refused')
    return { change: restartedSlice(position, origin, nowMs - OKTA_RETENTION_MS) };
  if (!ABOUT_THE_STRETCH.has(problem.code)) return { change: SAME };
  const retry = retryPlan(position, failure, origin);
  const { backfillId, toMs, nextUrl, failingSinceMs, failedWidthMs } = position;
  switch (retry.kind) {
    case 'same':
      return { change: SAME };
    case 'restart':
      return { change: { nextUrl: retry.nextUrl } };
    case 'setAside': {
      const fromMs = unreadFrom(position);
      return { change: { ended: true, unreadable: fromMs < toMs ? [{ fromMs, toMs }] : [] } };
    }
    case 'split': {
      const { atMs, suspect } = retry;
      // A suspect slice is split again without another attempt at the same query.
      const doubts = suspect ? { failures, failingSinceMs, smallPagesFailed: true } : {};
      const rest = newSlice(position, { fromMs: atMs, toMs }, origin, doubts);
      const askedMs = widthOf(nextUrl) ?? Number.POSITIVE_INFINITY;
      const learnt =
        fault === 'tooSlow' ? { failedWidthMs: Math.min(failedWidthMs ?? askedMs, askedMs) } : {};
      const change = { nextUrl: retry.nextUrl, toMs: atMs, ...learnt };
      return {
        change: suspect ? { ...change, smallPagesFailed: true } : { ...change, failures: 0 },
        together: [creation(sliceKey(backfillId, atMs), rest)],
      };
    }
  }
}
