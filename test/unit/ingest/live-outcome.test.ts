import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../shared/errors.ts';
import type { RunEnd } from '../../../shared/ingest/ingest-pages.ts';
import {
  blockingError,
  concludeLive,
  type LiveRun,
  nextDueMs,
} from '../../../shared/ingest/live-outcome.ts';
import type { UrlFault } from '../../../shared/okta/logs.ts';
import { isPollingUrl, pageSizeOf, sinceOf as sinceIn } from '../../../shared/okta/logs-url.ts';
import { aConnector, aLivePosition, DAY, HOUR, NOW } from '../../support/samples.ts';

const conclude = (outcome: RunEnd, more: Partial<LiveRun> = {}) =>
  concludeLive({
    connector: aConnector(),
    facts: {},
    position: aLivePosition(),
    pages: 0,
    events: 0,
    outcome,
    startedAtMs: NOW - 1000,
    nowMs: NOW,
    ...more,
  });
const failed = (code: Problem['code'], fault?: UrlFault): RunEnd => ({
  kind: 'failed',
  problem: { code, message: 'x' },
  ...(fault ? { fault } : {}),
});

describe('after a live run that', () => {
  it('reached the end, the connector is due after its interval', () => {
    const connector = aConnector({ pollIntervalSeconds: 20 });
    const dueAtMs = NOW - 1000 + 20_000;
    expect(conclude({ kind: 'ended' }, { connector, events: 3 })).toEqual({
      facts: expect.objectContaining({
        caughtUp: true,
        liveError: null,
        lastSuccessAtMs: NOW,
        dueAtMs,
      }),
      result: { kind: 'done', dueAtMs },
    });
  });

  it('read no event, the history shows one such run an hour', () => {
    const { facts, unrecorded } = conclude({ kind: 'ended' });
    expect(unrecorded).toBeUndefined();
    expect(facts).toMatchObject({ idleRunAtMs: NOW });
    const isLeftOut = (change: Partial<LiveRun>) =>
      conclude({ kind: 'ended' }, { facts: { idleRunAtMs: NOW - HOUR + 1 }, ...change }).unrecorded;
    expect(isLeftOut({})).toBe(true);
    expect(isLeftOut({ events: 1 })).toBeUndefined();
    expect(isLeftOut({ facts: { idleRunAtMs: NOW - HOUR } })).toBeUndefined();
  });

  it('ran out of time, the connector is polled again at once', () => {
    const { facts, result } = conclude({ kind: 'budget' });
    expect(facts).toMatchObject({ dueAtMs: NOW });
    expect(result).toEqual({ kind: 'again' });
  });

  it('had to wait, the connector is polled after the wait, without an error', () => {
    const { facts, result, release, unrecorded } = conclude({ kind: 'wait', waitMs: 7200 });
    expect(unrecorded).toBe(true);
    expect(facts).not.toHaveProperty('liveError');
    expect(release).toEqual({ change: {}, requests: 0 });
    expect(result).toEqual({ kind: 'done', dueAtMs: NOW + 7200 });
  });

  it('had to wait after some pages, these pages count as a success', () => {
    const { facts, unrecorded } = conclude({ kind: 'wait', waitMs: 7200 }, { pages: 3 });
    expect(unrecorded).toBe(false);
    expect(facts).toMatchObject({ lastSuccessAtMs: NOW, liveError: null, caughtUp: false });
  });

  it('failed after some pages, the success lasted until the failure', () => {
    const facts = {
      liveError: { problem: { code: 'OktaTimeout' as const, message: 'x' }, atMs: 0 },
    };
    const { facts: after } = conclude(failed('OktaServerError'), { pages: 1, facts });
    expect(after).toMatchObject({ lastSuccessAtMs: NOW, failingSinceMs: NOW, caughtUp: false });
    expect(after?.liveError).toMatchObject({ problem: { code: 'OktaServerError' } });
  });

  it('failed at once, the known progress is unchanged', () => {
    expect(conclude(failed('OktaServerError')).facts).not.toHaveProperty('caughtUp');
    expect(conclude({ kind: 'wait', waitMs: 1 }).facts).not.toHaveProperty('caughtUp');
  });

  it('succeeded, an earlier refusal of the backfill is still shown, but no longer stops polling', () => {
    const problem: Problem = { code: 'OktaTokenInvalid', message: 'x' };
    const facts = { backfillError: { problem, atMs: NOW - 1, secretVersion: 'v1' } };
    expect(blockingError(facts, { secretVersion: 'v1' })).toEqual(facts.backfillError);
    const after = { ...facts, ...conclude({ kind: 'ended' }, { facts }).facts };
    expect(blockingError(after, { secretVersion: 'v1' })).toBeUndefined();
    expect(after.backfillError).toEqual(facts.backfillError);
  });

  it('was throttled, the connector waits and the status shows it', () => {
    const problem: Problem = { code: 'OktaThrottled', message: 'x' };
    const { facts, throttled } = conclude({
      kind: 'throttled',
      reason: 'window',
      waitMs: 51_000,
      problem,
    });
    expect(facts?.liveError).toMatchObject({ problem: { code: 'OktaThrottled' } });
    expect(throttled).toEqual({ untilMs: NOW + 51_000, concurrencyLimited: false });
  });

  it('lost its lease, nothing is written and the message is dropped', () => {
    expect(conclude({ kind: 'lost' })).toEqual({ unrecorded: true, result: { kind: 'dropped' } });
  });

  it('failed, the connector is retried after increasing waits', () => {
    const seconds = [0, 1, 2, 5, 20].map((failures) => {
      const { facts } = conclude(failed('OktaServerError'), {
        position: aLivePosition({ failures }),
      });
      return ((facts?.dueAtMs ?? 0) - NOW) / 1000;
    });
    expect(seconds).toEqual([5, 10, 20, 160, 600]);
  });

  it('needs an operator, the connector is probed every hour and keeps its cursor', () => {
    const { facts, release } = conclude(failed('OktaTokenInvalid'));
    expect(facts?.dueAtMs).toBe(NOW + HOUR);
    expect(release?.change).toEqual({ failures: 1 });
  });

  it('failed repeatedly, the time of the first failure is kept', () => {
    const first = conclude(failed('OktaServerError')).facts;
    const liveError = first?.liveError ?? null;
    const facts = { liveError, failingSinceMs: NOW - HOUR };
    expect(first?.failingSinceMs).toBe(NOW);
    expect(conclude(failed('OktaServerError'), { facts }).facts?.failingSinceMs).toBe(NOW - HOUR);
    expect(conclude({ kind: 'ended' }, { facts }).facts?.wellSinceMs).toBe(NOW);
  });
});

describe('the next poll', () => {
  const second = 1000;
  const minute = 60 * second;

  it('keeps the rhythm of the interval, however late the run starts', () => {
    expect(nextDueMs(NOW, NOW + 19 * second, 20 * second)).toBe(NOW + 20 * second);
    expect(nextDueMs(NOW, NOW + 90 * second, 20 * second)).toBe(NOW + 110 * second);
    expect(nextDueMs(undefined, NOW + 7, 20 * second)).toBe(NOW + 7 + 20 * second);
  });

  it('falls on a full minute when the interval has full minutes', () => {
    const full = Math.ceil(NOW / minute) * minute;
    expect(nextDueMs(full, full + 40 * second, minute)).toBe(full + minute);
    expect(nextDueMs(undefined, full + 20 * second, minute)).toBe(full + minute);
    expect(nextDueMs(undefined, full + 40 * second, 5 * minute)).toBe(full + 6 * minute);
  });
});

describe('a cursor that Okta refuses', () => {
  const sinceOf = (position = aLivePosition()) => {
    const { release } = conclude(failed('OktaBadResponse', 'refused'), { position });
    const url = release?.change.nextUrl ?? '';
    expect(isPollingUrl(url)).toBe(true);
    expect(release?.change.cursorResets).toBe(1);
    return sinceIn(url);
  };

  it('is replaced by a cursor ten minutes before the newest confirmed event', () => {
    expect(sinceOf(aLivePosition({ newestPublishedMs: NOW - HOUR }))).toBe(NOW - HOUR - 600_000);
  });

  it('is replaced by the first cursor while no event is confirmed', () => {
    expect(sinceOf(aLivePosition({ startedAtMs: NOW - DAY }))).toBe(NOW - DAY - 600_000);
  });

  it("is never replaced by a cursor from before Okta's retention", () => {
    expect(sinceOf(aLivePosition({ newestPublishedMs: NOW - 200 * DAY }))).toBe(NOW - 90 * DAY);
  });

  it("is never replaced by a cursor from before Okta's retention by the clock of Okta", () => {
    const outcome = { ...failed('OktaBadResponse', 'refused'), dateMs: NOW + 5 * HOUR };
    const position = aLivePosition({ newestPublishedMs: NOW - 200 * DAY });
    const url = conclude(outcome, { position }).release?.change.nextUrl ?? '';
    expect(sinceIn(url)).toBe(NOW + 5 * HOUR - 90 * DAY);
  });
});

describe('a page that is too large', () => {
  it('is requested again in smaller pages, from shortly before its start', () => {
    const position = aLivePosition({ newestPublishedMs: NOW - HOUR });
    const outcome = failed('OktaBadResponse', 'tooLarge');
    const url = conclude(outcome, { position }).release?.change.nextUrl ?? '';
    expect(pageSizeOf(url)).toBe(500);
    expect(sinceIn(url)).toBe(NOW - HOUR - 600_000);
  });
});
