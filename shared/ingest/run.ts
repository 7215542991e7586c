/** Steps that a live run and a slice run have in common (see `run-under-lease.ts`). */
import { AssertionError } from 'node:assert/strict';
import type { Deps } from '../deps.ts';
import { type Problem, ProblemError } from '../errors.ts';
import type { Governor } from '../okta/governor.ts';
import { failedRead } from '../okta/logs.ts';
import { unreadableRows } from '../problems.ts';
import type { Connector } from '../storage/connectors.ts';
import type { ChainPosition } from '../storage/positions.ts';
import { lastSeen, type RateFacts } from '../storage/rate-facts.ts';
import type { Run } from '../storage/runs.ts';
import { UnreadableRow } from '../storage/unreadable-row.ts';
import type { Token } from '../token.ts';
import type { IngestOutcome, RunEnd } from './ingest-pages.ts';

/** Gives the governor the rate limit that the last run, on any instance, has seen. */
export function seedGovernor(governor: Governor, connectorId: string, rate: RateFacts): void {
  const seen = lastSeen(rate);
  if (seen) governor.saw(connectorId, seen);
}

/**
 * Runs `work` with the current credential: exactly the version that the connector's row names. An
 * unavailable vault or storage ends the run like any other failure.
 */
export async function withCredential<T extends ChainPosition>(
  { vault }: Pick<Deps, 'vault'>,
  { secretName, secretVersion }: Connector,
  work: (token: Token) => Promise<IngestOutcome<T>>,
): Promise<IngestOutcome<T>> {
  try {
    const token = secretVersion && (await vault.get(secretName, secretVersion));
    return token ? await work(token) : failedRead(TOKEN_MISSING);
  } catch (error) {
    if (error instanceof ProblemError) return failedRead(error.problem);
    // A defect is recorded like any other failure, and thrown after the run is concluded.
    return { ...failedRead(DEFECT), defect: error };
  }
}

/** Called after the run is concluded, so that the host logs the defect. */
export function rethrowDefect(outcome: RunEnd): void {
  if (outcome.kind === 'failed' && outcome.defect !== undefined) throw outcome.defect;
}

export const isShown = (thrown: unknown): boolean =>
  thrown instanceof UnreadableRow || thrown instanceof AssertionError;

/**
 * Records a defect, or a row that cannot be read, that ended a run before it was concluded. The status
 * page shows it like any other failure. Other errors are not recorded here.
 */
export async function showDefect(
  { status, storageClock }: Pick<Deps, 'status' | 'storageClock'>,
  connector: Connector,
  kind: Run['kind'],
  thrown: unknown,
): Promise<void> {
  if (!isShown(thrown)) return;
  const nowMs = storageClock.nowMs();
  const problem = thrown instanceof UnreadableRow ? unreadableRows([thrown.key]) : DEFECT;
  const error = { problem, atMs: nowMs, secretVersion: connector.secretVersion };
  const dueAtMs = nowMs + connector.pollIntervalSeconds * 1000;
  const facts = kind === 'live' ? { liveError: error, dueAtMs } : { backfillError: error };
  await status.merge(connector, facts);
}

const DEFECT: Problem = {
  code: 'InternalError',
  message: 'The run ended because of a defect in this app.',
  remedy: 'The app retries. If the error persists, report its entries in the log of the app.',
};

/**
 * A refusal of a token that was replaced during the run is not a failure: the next run uses the new
 * token.
 */
export async function wasRotated(
  { connectors }: Pick<Deps, 'connectors'>,
  { id, secretVersion }: Connector,
  outcome: RunEnd,
): Promise<boolean> {
  if (!('problem' in outcome) || outcome.problem.code !== 'OktaTokenInvalid') return false;
  const now = await connectors.get(id);
  return now !== undefined && now.connector.secretVersion !== secretVersion;
}

export interface RunReport {
  kind: Run['kind'];
  outcome: RunEnd;
  /** The chain's position when the run began, and now. */
  before: ChainPosition;
  after: ChainPosition;
  startedAtMs: number;
  endedAtMs: number;
}

/** Records the run in the history that operators read. */
export async function recordRun(
  { runs }: Pick<Deps, 'runs'>,
  connector: Connector,
  { kind, outcome, before, after, startedAtMs, endedAtMs }: RunReport,
): Promise<void> {
  await runs.add(connector, {
    kind,
    startedAtMs,
    endedAtMs,
    result: outcome.kind,
    events: after.events - before.events,
    pages: after.pages - before.pages,
    ...('problem' in outcome ? { error: outcome.problem } : {}),
  });
}

const TOKEN_MISSING: Problem = {
  code: 'VaultUnavailable',
  message: 'The token of this connector is not in the Key Vault.',
  remedy:
    'Check that the secret was not deleted or disabled in the vault. Recover it there, or give the connector its token again.',
};
