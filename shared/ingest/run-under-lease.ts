/**
 * Runs over a chain of pages, the live chain or a slice: takes the chain's lease, uses the current
 * credential, and records the result for the status page and the history of runs.
 */
import type { Deps } from '../deps.ts';
import type { Stored } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import type { ChainPosition } from '../storage/positions.ts';
import type { RateFacts, Throttled } from '../storage/rate-facts.ts';
import type { Run } from '../storage/runs.ts';
import type { StatusChange } from '../storage/status-facts.ts';
import type { Operation } from '../storage/table.ts';
import type { Token } from '../token.ts';
import { Chain } from './chain.ts';
import type { IngestOutcome } from './ingest-pages.ts';
import {
  recordRun,
  rethrowDefect,
  seedGovernor,
  showDefect,
  wasRotated,
  withCredential,
} from './run.ts';

/** The final state of a run, after its last page. */
export interface EndedRun<T extends ChainPosition> {
  outcome: IngestOutcome;
  position: T;
  /** Number of pages that the run has confirmed. */
  pages: number;
  startedAtMs: number;
  nowMs: number;
}

/** The consequences of a run. */
export interface Conclusion<T extends ChainPosition, R> {
  /** The write that releases the lease. Absent when the lease is already released or lost. */
  release?: { change: Partial<T>; requests: number; together?: readonly Operation[] };
  /** The change to the status page. Absent when the run has nothing to report. */
  facts?: StatusChange;
  throttled?: Throttled;
  /** True when the run is left out of the history. */
  unrecorded?: boolean;
  result: R;
}

export interface LeasedRun<T extends ChainPosition, R> {
  kind: Run['kind'];
  /** The rate limit when the run began. */
  rate: RateFacts;
  load(): Promise<Stored<T> | undefined>;
  /** The result when nothing is left to read. */
  over?(position: T): R | undefined;
  read(chain: Chain<T>, token: Token): Promise<IngestOutcome>;
  conclude(run: EndedRun<T>): Conclusion<T, R>;
  /** The result when the chain does not exist, or another runner holds it. */
  held: R;
  /** The result when the token was replaced during the run. */
  rotated: R;
}

/**
 * Throws a defect, such as a violation of `position-rules.ts`, or `UnreadableRow`, after recording it
 * for the status page. The error ends only this run, and the host logs it.
 */
export async function runUnderLease<T extends ChainPosition, R>(
  deps: Deps,
  connector: Connector,
  run: LeasedRun<T, R>,
): Promise<R> {
  try {
    return await concludedRun(deps, connector, run);
  } catch (error) {
    await showDefect(deps, connector, run.kind, error);
    throw error;
  }
}

async function concludedRun<T extends ChainPosition, R>(
  deps: Deps,
  connector: Connector,
  run: LeasedRun<T, R>,
): Promise<R> {
  const { checkpoints, storageClock, status, governor } = deps;
  const startedAtMs = storageClock.nowMs();
  const store = { checkpoints, clock: storageClock };
  const chain = await Chain.take(connector.id, store, deps.chance.uuid(), () => run.load());
  if (!chain) return run.held;
  const over = run.over?.(chain.position);
  if (over !== undefined) return over;

  seedGovernor(governor, connector.id, run.rate);
  const before = chain.position;
  const outcome = await withCredential(deps, connector, (token) => run.read(chain, token));
  if (await wasRotated(deps, connector, outcome)) {
    await chain.release({}, { requests: 1 });
    return run.rotated;
  }
  const { position } = chain;
  const [pages, nowMs] = [position.pages - before.pages, storageClock.nowMs()];
  const conclusion = run.conclude({ outcome, position, pages, startedAtMs, nowMs });
  const { release, facts, throttled, unrecorded, result } = conclusion;
  if (release)
    await chain.release(release.change, { requests: release.requests }, release.together);
  if (facts) await status.merge(connector, facts, governor.seen(connector.id));
  if (!unrecorded) {
    const report = { kind: run.kind, outcome, before, after: chain.position };
    await recordRun(deps, connector, { ...report, startedAtMs, endedAtMs: nowMs });
  }
  if (throttled) await status.countThrottled(connector, throttled, nowMs);
  rethrowDefect(outcome);
  return result;
}
