/**
 * Runs over a chain of pages, the live chain or a slice: opens the chain, uses the current credential,
 * and records the result for the status page and the history of runs. The end of a run is one write: the
 * position, the lease and the facts of the status page.
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
import type { IngestOutcome, RunEnd } from './ingest-pages.ts';
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
  outcome: RunEnd;
  position: T;
  /** Numbers of pages and events that the run has confirmed. */
  pages: number;
  events: number;
  startedAtMs: number;
  nowMs: number;
}

/** The consequences of a run. */
export interface Conclusion<T extends ChainPosition, R> {
  /**
   * The write that ends the run. Absent when the chain is lost, and after a last page, whose move is the
   * write.
   */
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
  /** The chain is opened without its lease: most runs read one page without events. */
  isMostlyIdle?: boolean;
  load(): Promise<Stored<T> | undefined>;
  /** The result when nothing is left to read. */
  over?(position: T): R | undefined;
  read(chain: Chain<T>, token: Token): Promise<IngestOutcome<T>>;
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
  const { checkpoints, storageClock, governor } = deps;
  const startedAtMs = storageClock.nowMs();
  const store = { checkpoints, clock: storageClock };
  const begin = run.isMostlyIdle ? Chain.open<T> : Chain.take<T>;
  const chain = await begin(connector.id, store, deps.chance.uuid(), () => run.load());
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
  const conclude = (ended: IngestOutcome<T>) => {
    const position = movedBy(chain, ended);
    const [pages, events] = [position.pages - before.pages, position.events - before.events];
    const nowMs = storageClock.nowMs();
    return run.conclude({ outcome: ended, position, pages, events, startedAtMs, nowMs });
  };
  const conclusion = conclude(outcome);
  const hasEnded = await endRun(deps, connector, chain, outcome, conclusion);
  const { throttled, unrecorded, result } = hasEnded ? conclusion : conclude({ kind: 'lost' });
  const endedAtMs = storageClock.nowMs();
  if (!unrecorded) {
    const report = { kind: run.kind, outcome, before, after: chain.position };
    await recordRun(deps, connector, { ...report, startedAtMs, endedAtMs });
  }
  if (throttled) await deps.status.countThrottled(connector, throttled, endedAtMs);
  rethrowDefect(outcome);
  return result;
}

/** The position of the chain after the last page of the run. */
const movedBy = <T extends ChainPosition>(chain: Chain<T>, outcome: IngestOutcome<T>): T =>
  'last' in outcome ? chain.moved(outcome.last.change, outcome.last.counted) : chain.position;

/** Writes the end of a run. Returns false when another runner has moved the chain. */
async function endRun<T extends ChainPosition, R>(
  { status, governor }: Deps,
  connector: Connector,
  chain: Chain<T>,
  outcome: IngestOutcome<T>,
  { release, facts }: Conclusion<T, R>,
): Promise<boolean> {
  const changes = facts ? status.changes(connector, facts, governor.seen(connector.id)) : [];
  if ('last' in outcome) {
    const { change, counted } = outcome.last;
    return await chain.release(change, counted, changes);
  }
  if (!release) return true;
  const { change, requests, together = [] } = release;
  return await chain.release(change, { requests }, [...together, ...changes]);
}
