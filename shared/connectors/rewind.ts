/**
 * Moves live polling back to an earlier instant and fills the same range, after a fail-over or a
 * restore of storage has lost rows that the checkpoints count as stored (docs/restore.md).
 */
import * as z from 'zod';
import { ensureWorkers } from '../backfill/ensure-workers.ts';
import { outsideRetention } from '../backfill/request-backfill.ts';
import { alreadyRunning, startBackfill } from '../backfill/start.ts';
import type { Deps } from '../deps.ts';
import type { Problem } from '../errors.ts';
import { LIVE_OVERLAP_MS, OKTA_RETENTION_MS, PAGE_SIZE } from '../okta/log-facts.ts';
import { pollingUrl } from '../okta/logs-url.ts';
import { CONNECTOR_DISABLED, CONNECTOR_NOT_FOUND, NO_TOKEN } from '../problems.ts';
import { type Result, refused, succeeded } from '../result.ts';
import { LIVE_KEY } from '../storage/checkpoint-rows.ts';
import { creation, replacement } from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import { noLease } from '../storage/lease.ts';
import { isOfRegistration, type LivePosition } from '../storage/positions.ts';
import type { Operation } from '../storage/table.ts';
import { instant } from '../time.ts';
import { newLivePosition } from './provision.ts';
import { pollNow } from './resume-polling.ts';

export const rewindBody = z.strictObject({
  from: instant.meta({
    description: 'an instant in RFC 3339 of the last 90 days, such as 2026-11-01T00:00:00.000Z',
  }),
});
export type RewindBody = z.output<typeof rewindBody>;

/**
 * The id of the backfill that fills the range; started once for each `requestedBy`. The live chain
 * moves in the same transaction, and is taken from the run that holds it.
 */
export async function rewind(
  deps: Deps,
  connector: Connector,
  { from: fromMs }: RewindBody,
  requestedBy: string,
): Promise<Result<string>> {
  if (!connector.enabled) return refused(CONNECTOR_DISABLED);
  if (connector.state !== 'active') return refused(NO_TOKEN);
  const nowMs = deps.storageClock.nowMs();
  if (fromMs >= nowMs) return refused(IN_THE_FUTURE);
  if (fromMs < nowMs - OKTA_RETENTION_MS) return refused(outsideRetention('from', nowMs));

  const range = { fromMs, toMs: nowMs };
  const rewound = () => rewoundLive(deps, connector, fromMs);
  const started = await startBackfill(deps, connector, range, 'fill', requestedBy, rewound);
  if (started.kind === 'superseded') return refused(CONNECTOR_NOT_FOUND);
  if (started.kind === 'running') return refused(alreadyRunning(started.backfillId));
  await deps.status.merge(connector, { caughtUp: false });
  await ensureWorkers(deps, connector);
  await pollNow(deps, connector);
  return succeeded(started.backfillId);
}

async function rewoundLive(
  { checkpoints }: Pick<Deps, 'checkpoints'>,
  connector: Connector,
  fromMs: number,
): Promise<Operation> {
  const live = await checkpoints.live(connector.id);
  // At the latest the start of a new registration: live polling may not have reached that time yet.
  const beginsMs = connector.connectedAtMs - LIVE_OVERLAP_MS;
  const fresh = newLivePosition(connector, Math.min(fromMs, beginsMs));
  if (!live) return creation(LIVE_KEY, fresh);
  const isOwn = isOfRegistration(live.value, connector);
  return replacement(live, isOwn ? goneBack(live.value, connector.origin, fromMs) : fresh);
}

/** Withdraws the later time from the range that was read. The counters are unchanged. */
function goneBack(position: LivePosition, origin: string, fromMs: number): LivePosition {
  const { startedAtMs, caughtUpAtMs, newestPublishedMs = 0, cursorResets } = position;
  // A live chain that has not reached this time must not skip the events in between.
  const readToMs = Math.max(caughtUpAtMs ?? startedAtMs, newestPublishedMs);
  const sinceMs = Math.min(fromMs, readToMs);
  return {
    ...position,
    ...noLease,
    nextUrl: pollingUrl(origin, { sinceMs, limit: PAGE_SIZE }),
    startedAtMs: Math.min(startedAtMs, sinceMs),
    resetSinceMs: sinceMs,
    smallerPagesAtMs: undefined,
    newestPublishedMs: undefined,
    caughtUpAtMs: caughtUpAtMs === undefined ? undefined : Math.min(caughtUpAtMs, sinceMs),
    cursorResets: cursorResets + 1,
    failures: 0,
  };
}

const IN_THE_FUTURE: Problem = {
  code: 'InvalidRequest',
  message: 'The value of from is in the future.',
  target: 'from',
  remedy: 'Send an instant of the last 90 days.',
};
