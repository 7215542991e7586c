/** What follows from the end of a live run: for the chain, for the status page, for the next run. */
import type { Problem } from '../errors.ts';
import { pollingUrl } from '../okta/logs-url.ts';
import type { LivePosition } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import type { StatusChange, StatusFacts } from '../storage/status-facts.ts';
import { OKTA_RETENTION_MS, PAGE_LIMIT } from './limits.ts';
import type { IngestOutcome } from './page.ts';

/** A refused cursor restarts this long before the newest event of the last confirmed page (T7). */
const CURSOR_RESET_MARGIN_MS = 600_000;
const FIRST_BACK_OFF_SECONDS = 5;
const LONGEST_BACK_OFF_SECONDS = 600;
/** A connector that a person has to repair is probed again every hour. */
const REPAIR_PROBE_SECONDS = 3600;

/** What the caller does after a run: leaves the connector to the timer, or queues it again. */
export type PollResult =
  | { kind: 'dropped' }
  | { kind: 'done' }
  | { kind: 'again'; delaySeconds: number };

export interface Conclusion {
  /** How the lease is given up, where the run still holds it. */
  release?: { change: Partial<LivePosition>; requests: number };
  facts: StatusChange;
  throttled?: { untilMs: number };
  result: PollResult;
}

export interface EndedRun {
  connector: Connector;
  /** As they were when the run began. */
  facts: StatusFacts;
  position: LivePosition;
  outcome: IngestOutcome;
  startedAtMs: number;
  nowMs: number;
}

export function concludeLive(run: EndedRun): Conclusion {
  const { outcome, position, connector, nowMs, startedAtMs } = run;
  switch (outcome.kind) {
    case 'lost':
      return { facts: {}, result: { kind: 'dropped' } };
    case 'ended': {
      const dueAtMs = startedAtMs + connector.pollIntervalSeconds * 1000;
      return { facts: { ...success(run), caughtUp: true, dueAtMs }, result: { kind: 'done' } };
    }
    case 'budget':
      return { facts: { ...success(run), ...due(nowMs, 0) }, result: again(0) };
    case 'wait': {
      const seconds = Math.ceil(outcome.waitMs / 1000);
      const facts = { lastAttemptAtMs: startedAtMs, ...due(nowMs, seconds) };
      return { release: { change: {}, requests: 0 }, facts, result: again(seconds) };
    }
    case 'throttled': {
      const seconds = Math.ceil(outcome.waitMs / 1000);
      return {
        release: { change: {}, requests: 1 },
        facts: { ...failure(run, outcome.problem), ...due(nowMs, seconds) },
        throttled: { untilMs: nowMs + outcome.waitMs },
        result: again(seconds),
      };
    }
    default: {
      const failures = position.failures + 1;
      const restart = outcome.refusedCursor
        ? restartAfterRefusedCursor(position, connector.origin, nowMs)
        : {};
      const seconds = needsAPerson(outcome.problem) ? REPAIR_PROBE_SECONDS : backOff(failures);
      return {
        release: { change: { ...restart, failures }, requests: 1 },
        facts: { ...failure(run, outcome.problem), ...due(nowMs, seconds) },
        result: seconds < connector.pollIntervalSeconds ? again(seconds) : { kind: 'done' },
      };
    }
  }
}

/** A new chain from a little before what was last confirmed; never from before what Okta keeps (T7). */
function restartAfterRefusedCursor(
  position: LivePosition,
  origin: string,
  nowMs: number,
): Pick<LivePosition, 'nextUrl' | 'cursorResets'> {
  const knownMs = position.newestPublishedMs ?? position.startedAtMs;
  const sinceMs = Math.max(knownMs - CURSOR_RESET_MARGIN_MS, nowMs - OKTA_RETENTION_MS);
  return {
    nextUrl: pollingUrl(origin, { sinceMs, limit: PAGE_LIMIT }),
    cursorResets: position.cursorResets + 1,
  };
}

const backOff = (failures: number): number =>
  Math.min(FIRST_BACK_OFF_SECONDS * 2 ** (failures - 1), LONGEST_BACK_OFF_SECONDS);

const again = (delaySeconds: number): PollResult => ({ kind: 'again', delaySeconds });

const due = (nowMs: number, seconds: number): StatusChange => ({
  caughtUp: false,
  dueAtMs: nowMs + seconds * 1000,
});

function success({ connector, facts, position, nowMs, startedAtMs }: EndedRun): StatusChange {
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

function failure(
  { connector, facts, startedAtMs, nowMs }: EndedRun,
  problem: Problem,
): StatusChange {
  return {
    lastAttemptAtMs: startedAtMs,
    failingSinceMs: facts.liveError ? facts.failingSinceMs : nowMs,
    liveError: { problem, atMs: nowMs, secretVersion: connector.secretVersion },
  };
}

/** Only a person can repair these: a new token, another role, another domain. */
export function needsAPerson({ code }: Problem): boolean {
  return (
    code === 'OktaTokenInvalid' ||
    code === 'OktaPermissionDenied' ||
    code === 'OktaDomainNotFound' ||
    code === 'NotAnOktaOrg'
  );
}
