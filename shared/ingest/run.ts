/** The steps of a run that live polling and a slice have in common (see `run-under-lease.ts`). */
import { AssertionError } from 'node:assert/strict';
import type { Deps } from '../deps.ts';
import { type Problem, ProblemError } from '../errors.ts';
import { failedRead } from '../okta/logs.ts';
import { unreadableRows } from '../problems.ts';
import type { Connector } from '../storage/connectors.ts';
import type { ChainPosition } from '../storage/positions.ts';
import type { Run } from '../storage/runs.ts';
import { lastSeen } from '../storage/status-facts.ts';
import { UnreadableRow } from '../storage/unreadable-row.ts';
import type { Token } from '../token.ts';
import type { IngestOutcome } from './ingest-pages.ts';

/** Lets the governor know what the last run, here or elsewhere, has seen of the limit. */
export async function seedGovernor(
  { status, governor }: Pick<Deps, 'status' | 'governor'>,
  connector: Connector,
): Promise<void> {
  const seen = lastSeen(await status.rate(connector));
  if (seen) governor.saw(connector.id, seen);
}

/**
 * Runs `work` with the credential in use: the one version that the connector's row names, and no
 * other. A vault or a storage that is away ends the run like any other failure.
 */
export async function withCredential(
  { vault }: Pick<Deps, 'vault'>,
  { secretName, secretVersion }: Connector,
  work: (token: Token) => Promise<IngestOutcome>,
): Promise<IngestOutcome> {
  try {
    const token = secretVersion && (await vault.get(secretName, secretVersion));
    return token ? await work(token) : failedRead(TOKEN_MISSING);
  } catch (error) {
    if (error instanceof ProblemError) return failedRead(error.problem);
    // A defect of ours: it is shown like any other failure, and thrown when the run is concluded.
    return { ...failedRead(DEFECT), defect: error };
  }
}

/** Once the run is concluded: the host logs it. */
export function rethrowDefect(outcome: IngestOutcome): void {
  if (outcome.kind === 'failed' && outcome.defect !== undefined) throw outcome.defect;
}

export const isShown = (thrown: unknown): boolean =>
  thrown instanceof UnreadableRow || thrown instanceof AssertionError;

/**
 * A broken rule of ours, or a row that cannot be read, which ends a run before it can be concluded: on
 * the status page like any other failure. Another error is none of ours to show.
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
  message: 'The run ended by a defect of this app.',
  remedy: 'The app retries. If the error persists, report the entries of it in the log of the app.',
};

/** A refused token that was replaced meanwhile is no failure: the next run takes the new one. */
export async function wasRotated(
  { connectors }: Pick<Deps, 'connectors'>,
  { id, secretVersion }: Connector,
  outcome: IngestOutcome,
): Promise<boolean> {
  if (!('problem' in outcome) || outcome.problem.code !== 'OktaTokenInvalid') return false;
  const now = await connectors.get(id);
  return now !== undefined && now.connector.secretVersion !== secretVersion;
}

export interface RunReport {
  kind: Run['kind'];
  outcome: IngestOutcome;
  /** The chain's position when the run began, and now. */
  before: ChainPosition;
  after: ChainPosition;
  startedAtMs: number;
  endedAtMs: number;
}

/** Writes down what a run did, for people to look at. */
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
