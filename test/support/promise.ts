/** Checks the promise: a connector's events and numbers, compared with the org's own records. */
import { expect } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { LIVE_OVERLAP_MS } from '../../shared/okta/log-facts.ts';
import { heldBy } from './held-events.ts';
import { type Stack, until } from './stack.ts';

type Reader = Pick<Stack, 'url' | 'call'>;

/** Polls slowly, because many connectors are watched at once. */
const PAUSE_MS = 1000;

export interface Expected {
  /** The number of events without an identity: dead letters. */
  rejected?: number;
  /** Some pages are confirmed more than once: a cursor was refused, or a next link was missing. */
  readsAgain?: boolean;
  /** No run failed after a write, so new events and duplicates are counted exactly. */
  tellsNewFromKnown?: boolean;
}

/**
 * Waits for the promise to be kept: the sink holds what the org holds, and every number is exact.
 */
export async function promiseKept(
  host: Reader,
  id: string,
  org: OrgServer,
  expected: Expected = {},
): Promise<void> {
  const rejected = expected.rejected ?? 0;
  const held = await until(
    `${id} to hold all that its org holds`,
    async () => {
      // The status is requested last: its counts are cached, and could be older.
      const { body } = await host.call('GET', `/api/connectors/${id}/backfills`);
      if (body.value?.[0]?.state !== 'Succeeded') return undefined;
      const raws = await heldBy(host, id);
      if (missingOf(raws, org).length > rejected) return undefined;
      const { live } = (await host.call('GET', `/api/connectors/${id}/status`)).body;
      // A run that lost its chain, or is still running, may have stored more events than it has
      // confirmed.
      return live.caughtUp && live.state !== 'running' ? raws.toSorted() : undefined;
    },
    PAUSE_MS,
  );
  const stored = [...org.org.truth()].length - rejected;
  const status = await until(
    `the counts of ${id} to be fresh`,
    async () => {
      const { body } = await host.call('GET', `/api/connectors/${id}/status`);
      // Counts are cached: they may mix events and dead letters of different moments.
      const { counts } = body;
      return counts.stored >= stored && counts.deadLettered >= rejected ? body : undefined;
    },
    PAUSE_MS,
  );
  const truth = textsOf(org);
  const extra = held.filter((raw, n) => !truth.has(raw) || raw === held[n - 1]);
  const missing = missingOf(held, org).length;
  expect({ id, extra, missing }).toEqual({ id, extra: [], missing: rejected });
  expectExactNumbers(status, org, expected);
}

/** The org's events that the connector has not stored yet. */
export async function lacks(host: Reader, id: string, org: OrgServer): Promise<string[]> {
  return missingOf(await heldBy(host, id), org);
}

function missingOf(raws: readonly string[], org: OrgServer): string[] {
  const held = new Set(raws);
  return [...textsOf(org)].filter((raw) => !held.has(raw));
}

const textsOf = ({ org }: OrgServer) => new Set([...org.truth()].map(({ raw }) => raw));

function expectExactNumbers(status: any, { org }: OrgServer, expected: Expected): void {
  const { rejected = 0, readsAgain = false, tellsNewFromKnown = false } = expected;
  const { counts, live, backfill } = status;
  const truth = [...org.truth()];
  const dated = truth.filter(({ publishedMs }) => !Number.isNaN(publishedMs));
  expect(counts).toMatchObject({ stored: truth.length - rejected, deadLettered: rejected });
  if (rejected === 0) {
    const perDay = Object.groupBy(dated, ({ publishedMs }) =>
      new Date(publishedMs).toISOString().slice(0, 10),
    );
    const days = Object.entries(perDay).map(([date, all]) => ({ date, events: all?.length }));
    expect(counts.perDay).toEqual(days.toSorted((a, b) => (a.date < b.date ? 1 : -1)));
  }

  const [fromMs, toMs] = [Date.parse(backfill.from), Date.parse(backfill.to)];
  const polled = truth.filter(({ persistedAtMs }) => persistedAtMs >= toMs - LIVE_OVERLAP_MS);
  const inRange = dated.filter((event) => event.publishedMs >= fromMs && event.publishedMs < toMs);
  // Events committed after the connection may have arrived too late for the backfill.
  const certain = inRange.filter(({ persistedAtMs }) => persistedAtMs < toMs);
  expect(live.events).toBeGreaterThanOrEqual(polled.length);
  expect(backfill.events).toBeGreaterThanOrEqual(certain.length);
  if (!readsAgain) {
    expect(live.events).toBe(polled.length);
    // A slice with a full last page is requested once more from its newest event: one duplicate.
    expect(backfill.events).toBeLessThanOrEqual(inRange.length + counts.duplicatesDropped);
  }
  // The next run reads the page of a run that died again: its events are stored once and counted once
  // as duplicates.
  const fresh = live.events + backfill.events - counts.duplicatesDropped;
  expect(fresh).toBeLessThanOrEqual(truth.length);
  if (tellsNewFromKnown) expect(fresh).toBe(truth.length);
}
