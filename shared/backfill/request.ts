/** A backfill that somebody asks for: which range it will be (api.md §2; pure). */
import * as z from 'zod';
import type { Problem } from '../errors.ts';
import { OKTA_RETENTION_MS } from '../okta/log-facts.ts';
import type { Connector } from '../storage/connectors.ts';
import type { TimeRange } from '../storage/positions.ts';
import { keptByOkta } from './missing-range.ts';

const DAY_MS = 86_400_000;

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

export const backfillBody = z.strictObject({
  from: instant
    .optional()
    .meta({ description: 'an instant in RFC 3339, such as 2026-11-01T00:00:00.000Z' }),
  to: instant.optional().meta({ description: 'an instant in RFC 3339, later than from' }),
  mode: z.enum(['fill', 'verify']).default('fill').meta({ description: '"fill" or "verify"' }),
});
export type BackfillBody = z.output<typeof backfillBody>;

/** What is past Okta's retention or in the future is cut off; a problem when nothing remains. */
export function rangeOf(
  { from, to }: BackfillBody,
  { backfillDays }: Pick<Connector, 'backfillDays'>,
  nowMs: number,
): { range: TimeRange } | { problem: Problem } {
  const asked = {
    fromMs: from ?? nowMs - backfillDays * DAY_MS,
    toMs: Math.min(to ?? nowMs, nowMs),
  };
  if (asked.toMs <= nowMs - OKTA_RETENTION_MS) return { problem: outsideRetention(nowMs) };
  if (asked.fromMs >= asked.toMs) return { problem: NOTHING_BETWEEN };
  return { range: keptByOkta(asked, nowMs) };
}

const NOTHING_BETWEEN: Problem = {
  code: 'InvalidRequest',
  message: 'There is no time between from and to.',
  target: 'from',
  remedy: 'Send a from that is earlier than to, and earlier than now.',
};

const outsideRetention = (nowMs: number): Problem => ({
  code: 'RangeOutsideRetention',
  message: 'Okta keeps the System Log for 90 days; this range is older.',
  target: 'to',
  remedy: `The earliest possible from is ${new Date(nowMs - OKTA_RETENTION_MS).toISOString()}.`,
});
