/**
 * One run over a slice of a backfill: bounded mode, under the slice's lease, from where the last
 * run stopped to the slice's last page, or until time or patience is over. Only a missing next link
 * ends a slice: a short page does not (docs/okta.md, "End of a bounded query").
 */

import type { Deps } from '../deps.ts';
import { needsOperator, type Problem } from '../errors.ts';
import { Chain } from '../ingest/chain.ts';
import { type IngestOutcome, ingestPages, type Step } from '../ingest/ingest-pages.ts';
import { throttledBy } from '../ingest/live-outcome.ts';
import { pacedReader } from '../ingest/paced-reader.ts';
import {
  recordRun,
  rethrowDefect,
  seedGovernor,
  wasRotated,
  withCredential,
} from '../ingest/run.ts';
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import type { LogsFailed, LogsPage } from '../okta/logs.ts';
import { boundedUrl, sinceOf } from '../okta/logs-url.ts';
import type { SinkWriter } from '../sink/sink.ts';
import { creation, sliceKey } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import type { SlicePosition, TimeRange } from '../storage/positions.ts';
import type { Operation } from '../storage/table.ts';
import { addRange } from '../time-ranges.ts';
import type { Token } from '../token.ts';
import type { BackfillRef } from '../workflow-engine.ts';
import { newSlice } from './new-slice.ts';
import { restartedSlice, retryPlan } from './slice-retry.ts';
import { verifyChain } from './verify.ts';

/** Stays well below the function time-out, so that a run ends by itself. */
const RUN_BUDGET_MS = 120_000;
/** Another runner holds the slice: look again when its lease could be over. */
const HELD_WAIT_SECONDS = 30;
const REPAIR_WAIT_SECONDS = 300;
const LONGEST_BACK_OFF_SECONDS = 300;

export type SliceRef = BackfillRef & { sliceKey: string; openSlices: number };

/** What an orchestration needs to know: how long to leave the slice alone. Never an instant. */
export interface SliceRun {
  waitSeconds: number;
}

export async function ingestSlice(deps: Deps, ref: SliceRef): Promise<SliceRun> {
  const stored = await deps.connectors.get(ref.connectorId);
  const connector = stored?.connector;
  if (connector?.generation !== ref.generation || connector.state !== 'active') return DONE;

  const chain = await Chain.take(
    ref.connectorId,
    { checkpoints: deps.checkpoints, clock: deps.storageClock },
    deps.newRunId(),
    () => deps.checkpoints.slice(ref.connectorId, ref.sliceKey),
  );
  if (!chain) return { waitSeconds: HELD_WAIT_SECONDS };
  if (chain.position.ended) return DONE;

  await seedGovernor(deps, connector);
  const [startedAtMs, before] = [deps.storageClock.nowMs(), chain.position];
  const outcome = await withCredential(deps, connector, (token) =>
    run(deps, connector, chain, token, ref.openSlices),
  );
  if (await wasRotated(deps, connector, outcome)) {
    await chain.release({}, { requests: 1 });
    return DONE;
  }
  const pages = chain.position.pages - before.pages;
  const sliceRun = await conclude(deps, connector, chain, outcome, pages);
  const endedAtMs = deps.storageClock.nowMs();
  const ended = { kind: 'backfill' as const, outcome, before, after: chain.position };
  await recordRun(deps, connector, { ...ended, startedAtMs, endedAtMs });
  rethrowDefect(outcome);
  return sliceRun;
}

const DONE: SliceRun = { waitSeconds: 0 };

async function run(
  deps: Deps,
  connector: Connector,
  chain: Chain<SlicePosition>,
  token: Token,
  openSlices: number,
): Promise<IngestOutcome> {
  const { caughtUp } = await deps.status.facts(connector);
  const sender = {
    kind: 'backfill' as const,
    chains: openSlices,
    liveBehind: caughtUp === false,
  };
  const stopAtMs = deps.clock.nowMs() + RUN_BUDGET_MS;
  return await ingestPages<SlicePosition>({
    chain,
    readPage: pacedReader(deps, connector, token, sender),
    writer: writerFor(deps, chain),
    follow,
    outOfTime: () => deps.clock.nowMs() >= stopAtMs,
  });
}

/** A `fill` stores what it reads; a `verify` sets aside what is missing until live has had its turn. */
function writerFor({ sink }: Deps, { connectorId, position }: Chain<SlicePosition>): SinkWriter {
  const { backfillId, fromMs, generation, mode, pages } = position;
  const chain = { connectorId, generation, source: 'backfill' as const };
  if (mode === 'verify') return sink.openStaging({ ...chain, name: verifyChain(backfillId) });
  return sink.open({ ...chain, name: `b${backfillId}_${fromMs}`, fresh: pages === 0 });
}

/** A slice goes on as long as Okta names a next page, and notes what Okta had dropped already. */
export function follow(page: LogsPage, position: SlicePosition): Step<SlicePosition> {
  const next = leadsOn(page) ? page.next : withoutLink(page, position);
  const more = next !== undefined;
  const gap = expired(position, page.dateMs);
  return {
    nextUrl: next ?? page.self,
    more,
    change: {
      ended: !more,
      readAtMs: page.dateMs,
      ...(gap ? { gaps: addRange(position.gaps, gap) } : {}),
    },
  };
}

/** Okta ends a slice by naming no next page: a link back to the page itself is no end, but a mistake. */
const leadsOn = ({ next, self }: LogsPage): boolean => next !== undefined && next !== self;

/**
 * A full page, or one whose links are not as they should be, may have lost its next link on the way:
 * the slice is asked again from the newest event of it, inclusive, until that brings nothing newer.
 */
function withoutLink(
  { events, limit, linked, next: leadsBack, self }: LogsPage,
  { toMs }: SlicePosition,
): string | undefined {
  if (linked && !leadsBack && events.length < limit) return undefined;
  const newestMs = Math.max(...events.map(({ publishedMs }) => publishedMs ?? 0));
  const askedFromMs = sinceOf(self) ?? Number.NEGATIVE_INFINITY;
  if (newestMs <= askedFromMs || newestMs >= toMs) return undefined;
  return boundedUrl(new URL(self).origin, { fromMs: newestMs, toMs, limit });
}

/**
 * Time not yet read that is past Okta's retention: the answer says nothing about it (docs/okta.md,
 * "Retention").
 */
function expired(position: SlicePosition, dateMs: number): TimeRange | undefined {
  const fromMs = Math.max(position.newestPublishedMs ?? position.fromMs, position.fromMs);
  const toMs = Math.min(dateMs - OKTA_RETENTION_MS, position.toMs);
  return toMs > fromMs ? { fromMs, toMs } : undefined;
}

async function conclude(
  deps: Deps,
  connector: Connector,
  chain: Chain<SlicePosition>,
  outcome: IngestOutcome,
  pages: number,
): Promise<SliceRun> {
  const nowMs = deps.storageClock.nowMs();
  const { position } = chain;
  const note = async (problem: Problem | null) => {
    const { secretVersion } = connector;
    const backfillError = problem && { problem, atMs: nowMs, secretVersion };
    await deps.status.merge(connector, { backfillError }, deps.governor.seen(connector.id));
  };
  switch (outcome.kind) {
    case 'ended':
    case 'budget':
      await note(null);
      return DONE;
    case 'lost':
      return { waitSeconds: HELD_WAIT_SECONDS };
    case 'wait':
      await chain.release();
      if (pages > 0) await note(null);
      return { waitSeconds: Math.ceil(outcome.waitMs / 1000) };
    case 'throttled':
      await chain.release({}, { requests: 1 });
      await note(outcome.problem);
      await deps.status.countThrottled(connector, throttledBy(outcome, nowMs), nowMs);
      return { waitSeconds: Math.ceil(outcome.waitMs / 1000) };
    default: {
      const failures = position.failures + 1;
      const { change, together = [] } = mended(connector, position, outcome, failures, nowMs);
      await chain.release({ ...change, failures }, { requests: 1 }, together);
      await note(outcome.problem);
      if (needsOperator(outcome.problem.code)) return { waitSeconds: REPAIR_WAIT_SECONDS };
      return { waitSeconds: Math.min(2 ** failures, LONGEST_BACK_OFF_SECONDS) };
    }
  }
}

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
