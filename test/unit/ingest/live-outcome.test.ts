import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../shared/errors.ts';
import { concludeLive, type EndedRun } from '../../../shared/ingest/live-outcome.ts';
import type { IngestOutcome } from '../../../shared/ingest/page.ts';
import { isPollingUrl } from '../../../shared/okta/logs-url.ts';
import { aConnector, aLivePosition, DAY, HOUR, NOW } from '../../support/samples.ts';

const conclude = (outcome: IngestOutcome, more: Partial<EndedRun> = {}) =>
  concludeLive({
    connector: aConnector(),
    facts: {},
    position: aLivePosition(),
    outcome,
    startedAtMs: NOW - 1000,
    nowMs: NOW,
    ...more,
  });
const failed = (code: Problem['code'], refusedCursor = false): IngestOutcome => ({
  kind: 'failed',
  problem: { code, message: 'x' },
  refusedCursor,
  serverError: false,
});

describe('after a live run that', () => {
  it('reached the end, the connector is due one interval after the start', () => {
    expect(conclude({ kind: 'ended' })).toEqual({
      facts: expect.objectContaining({
        caughtUp: true,
        liveError: null,
        lastSuccessAtMs: NOW,
        dueAtMs: NOW - 1000 + 60_000,
      }),
      result: { kind: 'done' },
    });
  });

  it('ran out of time, it goes on at once', () => {
    const { facts, result } = conclude({ kind: 'budget' });
    expect(facts).toMatchObject({ caughtUp: false, dueAtMs: NOW });
    expect(result).toEqual({ kind: 'again', delaySeconds: 0 });
  });

  it('was told to wait, it goes on after the wait, and that is no error', () => {
    const { facts, result, release } = conclude({ kind: 'wait', waitMs: 7200 });
    expect(facts).not.toHaveProperty('liveError');
    expect(release).toEqual({ change: {}, requests: 0 });
    expect(result).toEqual({ kind: 'again', delaySeconds: 8 });
  });

  it('was throttled, it waits and says so', () => {
    const problem: Problem = { code: 'OktaThrottled', message: 'x' };
    const { facts, throttled } = conclude({
      kind: 'throttled',
      reason: 'window',
      waitMs: 51_000,
      problem,
    });
    expect(facts.liveError).toMatchObject({ problem: { code: 'OktaThrottled' } });
    expect(throttled).toEqual({ untilMs: NOW + 51_000 });
  });

  it('lost its lease, nothing is written and the message is dropped', () => {
    expect(conclude({ kind: 'lost' })).toEqual({ facts: {}, result: { kind: 'dropped' } });
  });

  it('failed, it tries again sooner first and later then', () => {
    const seconds = [0, 1, 2, 5, 20].map((failures) => {
      const { facts } = conclude(failed('OktaServerError'), {
        position: aLivePosition({ failures }),
      });
      return ((facts.dueAtMs ?? 0) - NOW) / 1000;
    });
    expect(seconds).toEqual([5, 10, 20, 160, 600]);
  });

  it('needs a person, it is probed every hour and keeps its cursor', () => {
    const { facts, release } = conclude(failed('OktaTokenInvalid'));
    expect(facts.dueAtMs).toBe(NOW + HOUR);
    expect(release?.change).toEqual({ failures: 1 });
  });

  it('remembers since when it fails', () => {
    const first = conclude(failed('OktaServerError')).facts;
    const liveError = first.liveError ?? null;
    const facts = { liveError, failingSinceMs: NOW - HOUR };
    expect(first.failingSinceMs).toBe(NOW);
    expect(conclude(failed('OktaServerError'), { facts }).facts.failingSinceMs).toBe(NOW - HOUR);
    expect(conclude({ kind: 'ended' }, { facts }).facts.wellSinceMs).toBe(NOW);
  });
});

describe('a cursor that Okta refuses', () => {
  const sinceOf = (position = aLivePosition()) => {
    const { release } = conclude(failed('OktaBadResponse', true), { position });
    const url = release?.change.nextUrl ?? '';
    expect(isPollingUrl(url)).toBe(true);
    expect(release?.change.cursorResets).toBe(1);
    return Date.parse(new URL(url).searchParams.get('since') ?? '');
  };

  it('is replaced by one from ten minutes before the newest event that is confirmed', () => {
    expect(sinceOf(aLivePosition({ newestPublishedMs: NOW - HOUR }))).toBe(NOW - HOUR - 600_000);
  });

  it('is replaced by the first one while no event is confirmed', () => {
    expect(sinceOf(aLivePosition({ startedAtMs: NOW - DAY }))).toBe(NOW - DAY - 600_000);
  });

  it('is never replaced by one from before what Okta keeps', () => {
    expect(sinceOf(aLivePosition({ newestPublishedMs: NOW - 200 * DAY }))).toBe(NOW - 90 * DAY);
  });
});
