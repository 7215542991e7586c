import { describe, expect, it } from 'vitest';
import { concludeSlice } from '../../../shared/backfill/slice-outcome.ts';
import type { RunEnd } from '../../../shared/ingest/ingest-pages.ts';
import { failedRead } from '../../../shared/okta/logs.ts';
import type { StatusFacts } from '../../../shared/storage/status-facts.ts';
import { aConnector, aSlicePosition, NOW } from '../../support/samples.ts';

const conclude = (outcome: RunEnd, pages = 0, failures = 0) =>
  concludeSlice({
    outcome,
    pages,
    events: 0,
    position: aSlicePosition({ failures }),
    connector: aConnector({ secretVersion: 'v1' }),
    facts: {},
    startedAtMs: NOW - 1000,
    nowMs: NOW,
  });
const WELL = { backfillError: null, backfillReadAtMs: NOW };
const failed = (code: 'OktaServerError' | 'OktaTokenInvalid') => failedRead({ code, message: 'x' });

describe('a slice that has failed with a 500 for two hours', () => {
  const SINCE = NOW - 2 * 3_600_000;
  /** The outcome, given these facts about other requests for the org's log. */
  const givenThat = (facts: StatusFacts) => {
    const { release } = concludeSlice({
      outcome: { ...failedRead({ code: 'OktaServerError', message: 'x' }), fault: 'tooSlow' },
      pages: 0,
      events: 0,
      position: aSlicePosition({ failures: 100, failingSinceMs: SINCE }),
      connector: aConnector({ secretVersion: 'v1' }),
      facts,
      startedAtMs: NOW - 1000,
      nowMs: NOW,
    });
    const { nextUrl, toMs, ended, unreadable } = release?.change ?? {};
    const isChanged = [nextUrl, toMs, ended, unreadable].some((cell) => cell !== undefined);
    return isChanged || (release?.together ?? []).length > 0 ? 'changed' : 'same';
  };
  const liveError = { problem: { code: 'OktaServerError' as const, message: 'x' }, atMs: NOW };

  it.each<[string, StatusFacts]>([
    ['nothing was ever read', {}],
    ['nothing was read since', { lastSuccessAtMs: SINCE - 1, backfillReadAtMs: SINCE - 1 }],
    ['live has read since, and fails now', { lastSuccessAtMs: NOW - 60_000, liveError }],
    ['the last success was not lately', { backfillReadAtMs: SINCE + 60_000 }],
  ])('counts as an outage while %s', (_, facts) => {
    expect(givenThat(facts)).toBe('same');
  });

  it.each<[string, StatusFacts]>([
    ['live', { lastSuccessAtMs: NOW - 60_000 }],
    ['another slice', { backfillReadAtMs: NOW - 60_000, liveError }],
  ])('is requested differently after %s has read', (_, facts) => {
    expect(givenThat(facts)).toBe('changed');
  });
});

describe('a run over a slice that', () => {
  it('read to the end, or until its time budget was spent, is successful and requires no wait', () => {
    for (const kind of ['ended', 'budget'] as const)
      expect(conclude({ kind })).toEqual({
        facts: WELL,
        result: { waitSeconds: 0 },
      });
  });

  it('lost its slice reports nothing, and the worker returns when that lease may have expired', () => {
    expect(conclude({ kind: 'lost' })).toEqual({ result: { waitSeconds: 10 } });
  });

  it('must wait releases the slice, and is successful only when it has read a page', () => {
    const waited = conclude({ kind: 'wait', waitMs: 12_001 });
    expect(waited).toEqual({
      release: { change: {}, requests: 0 },
      result: { waitSeconds: 13 },
    });
    expect(conclude({ kind: 'wait', waitMs: 1 }, 1).facts).toEqual(WELL);
  });

  it('was throttled reports it, counts it and waits as long as Okta requires', () => {
    const problem = { code: 'OktaThrottled' as const, message: 'x' };
    const throttled = { kind: 'throttled' as const, reason: 'window' as const, waitMs: 51_000 };
    expect(conclude({ ...throttled, problem })).toEqual({
      release: { change: {}, requests: 1 },
      facts: { backfillError: { problem, atMs: NOW, secretVersion: 'v1' } },
      throttled: { untilMs: NOW + 51_000, concurrencyLimited: false },
      result: { waitSeconds: 51 },
    });
  });

  it('failed waits longer after each failure, and a minute for an operator', () => {
    const waits = [0, 1, 2, 20].map(
      (failures) => conclude(failed('OktaServerError'), 0, failures).result.waitSeconds,
    );
    expect(waits).toEqual([2, 4, 8, 60]);
    expect(conclude(failed('OktaTokenInvalid'))).toMatchObject({
      release: { change: { failures: 1 }, requests: 1 },
      result: { waitSeconds: 60 },
    });
  });
});
