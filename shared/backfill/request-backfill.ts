/**
 * Handles a request for a backfill, by HTTP or webhook: validates the range, starts the backfill and
 * its workers.
 */
import * as z from 'zod';
import type { Deps } from '../deps.ts';
import { BACKFILL_MODES } from '../enumerations.ts';
import type { Problem } from '../errors.ts';
import { isoTime } from '../iso-time.ts';
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import { CONNECTOR_DISABLED, CONNECTOR_NOT_FOUND, NO_TOKEN } from '../problems.ts';
import { type Result, refused, succeeded } from '../result.ts';
import type { Connector } from '../storage/connectors.ts';
import { DAY_MS, instant } from '../time.ts';
import type { TimeRange } from '../time-ranges.ts';
import { ensureWorkers } from './ensure-workers.ts';
import { keptByOkta } from './missing-range.ts';
import { alreadyRunning, startBackfill } from './start.ts';

export const backfillBody = z.strictObject({
  from: instant.optional(),
  to: instant.optional().meta({ description: 'an instant in RFC 3339, later than from' }),
  mode: z.enum(BACKFILL_MODES).default('fill').meta({ description: '"fill" or "verify"' }),
});
export type BackfillBody = z.output<typeof backfillBody>;

/**
 * Starts a backfill, once for each `requestedBy`: the id of an invocation, or of a delivery that may
 * arrive twice. Returns the id of the backfill.
 */
export async function requestBackfill(
  deps: Deps,
  connector: Connector,
  body: BackfillBody,
  requestedBy: string,
): Promise<Result<string>> {
  if (!connector.enabled) return refused(CONNECTOR_DISABLED);
  if (connector.state !== 'active') return refused(NO_TOKEN);
  const range = rangeOf(body, connector, deps.storageClock.nowMs());
  if (!range.ok) return range;
  const started = await startBackfill(deps, connector, range.value, body.mode, requestedBy);
  if (started.kind === 'superseded') return refused(CONNECTOR_NOT_FOUND);
  if (started.kind === 'running') return refused(alreadyRunning(started.backfillId));
  await ensureWorkers(deps, connector);
  return succeeded(started.backfillId);
}

/**
 * Limits a range to the time between the start of Okta's retention and now. Returns a problem when
 * nothing remains.
 */
export function rangeOf(
  { from, to }: BackfillBody,
  { backfillDays }: Pick<Connector, 'backfillDays'>,
  nowMs: number,
): Result<TimeRange> {
  const asked = {
    fromMs: from ?? nowMs - backfillDays * DAY_MS,
    toMs: Math.min(to ?? nowMs, nowMs),
  };
  if (asked.toMs <= nowMs - OKTA_RETENTION_MS) return refused(outsideRetention('to', nowMs));
  if (asked.fromMs >= asked.toMs) return refused(NOTHING_BETWEEN);
  return succeeded(keptByOkta(asked, nowMs));
}

const NOTHING_BETWEEN: Problem = {
  code: 'InvalidRequest',
  message: 'There is no time between from and to.',
  target: 'from',
  remedy: 'Send a from that is earlier than to, and earlier than now.',
};

export const outsideRetention = (target: 'from' | 'to', nowMs: number): Problem => ({
  code: 'RangeOutsideRetention',
  message: 'Okta keeps the System Log for 90 days; this range is older.',
  target,
  remedy: `The earliest possible from is ${isoTime(nowMs - OKTA_RETENTION_MS)}.`,
});
