/** What follows from the end of a run over a slice: for the slice, for the status page, for the worker. */
import { needsOperator, type Problem } from '../errors.ts';
import { throttledBy } from '../ingest/live-outcome.ts';
import type { Conclusion, EndedRun } from '../ingest/run-under-lease.ts';
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import type { LogsFailed } from '../okta/logs.ts';
import { creation, sliceKey } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import type { SlicePosition } from '../storage/positions.ts';
import type { StatusChange } from '../storage/status-facts.ts';
import type { Operation } from '../storage/table.ts';
import { newSlice } from './new-slice.ts';
import { restartedSlice, retryPlan } from './slice-retry.ts';

const REPAIR_WAIT_SECONDS = 300;
const LONGEST_BACK_OFF_SECONDS = 300;

/** What an orchestration needs to know: how long to leave the slice alone. Never an instant. */
export interface SliceRun {
  waitSeconds: number;
}

export const DONE: SliceRun = { waitSeconds: 0 };
/** Another runner holds the slice: it is looked at again when that lease could be over. */
export const HELD: SliceRun = { waitSeconds: 30 };

export function concludeSlice(
  run: EndedRun<SlicePosition> & { connector: Connector },
): Conclusion<SlicePosition, SliceRun> {
  const { connector, outcome, position, pages, nowMs } = run;
  const { secretVersion } = connector;
  const failed = (problem: Problem): StatusChange => ({
    backfillError: { problem, atMs: nowMs, secretVersion },
  });
  switch (outcome.kind) {
    case 'ended':
    case 'budget':
      return { facts: WELL, result: DONE };
    case 'lost':
      return { result: HELD };
    case 'wait':
      return {
        release: { change: {}, requests: 0 },
        ...(pages > 0 ? { facts: WELL } : {}),
        result: { waitSeconds: Math.ceil(outcome.waitMs / 1000) },
      };
    case 'throttled':
      return {
        release: { change: {}, requests: 1 },
        facts: failed(outcome.problem),
        throttled: throttledBy(outcome, nowMs),
        result: { waitSeconds: Math.ceil(outcome.waitMs / 1000) },
      };
    default: {
      const failures = position.failures + 1;
      const { change, together = [] } = mended(connector, position, outcome, failures, nowMs);
      const waitSeconds = needsOperator(outcome.problem.code)
        ? REPAIR_WAIT_SECONDS
        : Math.min(2 ** failures, LONGEST_BACK_OFF_SECONDS);
      return {
        release: { change: { ...change, failures }, requests: 1, together },
        facts: failed(outcome.problem),
        result: { waitSeconds },
      };
    }
  }
}

const WELL: StatusChange = { backfillError: null };

/** How a failed slice goes on: what changes in it, and the slice that is split off. */
function mended(
  { origin }: Connector,
  position: SlicePosition,
  { fault, dateMs }: LogsFailed,
  failures: number,
  nowMs: number,
): { change: Partial<SlicePosition>; together?: Operation[] } {
  if (fault === undefined) return { change: {} };
  if (fault === 'refused')
    return { change: restartedSlice(position, origin, (dateMs ?? nowMs) - OKTA_RETENTION_MS) };
  const easier = retryPlan(position, fault, failures, origin);
  if (easier.kind === 'same') return { change: {} };
  const { nextUrl } = easier;
  if (easier.kind === 'smallerPages') return { change: { nextUrl } };
  const { backfillId, toMs } = position;
  const rest = newSlice(position, { fromMs: easier.atMs, toMs }, origin);
  const split = creation(sliceKey(backfillId, easier.atMs), rest);
  return { change: { nextUrl, toMs: easier.atMs }, together: [split] };
}
