import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../shared/errors.ts';
import type { StatusInputs } from '../../../shared/status/status-inputs.ts';
import { statusPage } from '../../../shared/status/view.ts';
import {
  aConnector,
  aLedger,
  aLivePosition,
  aSlicePosition,
  DAY,
  HOUR,
  NOW,
} from '../../support/samples.ts';

const COUNTS = {
  asOfMs: NOW,
  stored: 3,
  deadLettered: 1,
  perDay: [{ date: '2026-11-22', events: 3 }],
};

const inputs = (change: Partial<StatusInputs> = {}): StatusInputs => ({
  connector: aConnector(),
  facts: {
    lastSuccessAtMs: NOW - 10_000,
    caughtUp: true,
    wellSinceMs: NOW - HOUR,
    dueAtMs: NOW + 50_000,
  },
  rate: { limit: 60, remaining: 48, resetAtMs: NOW + 20_000 },
  live: aLivePosition({ caughtUpAtMs: NOW - 37_000, events: 5, duplicates: 2 }),
  backfill: undefined,
  earlier: [],
  unreadableKeys: [],
  storageTakesWrites: true,
  nowMs: NOW,
  ...change,
});
const status = (change: Partial<StatusInputs> = {}) => statusPage(inputs(change), COUNTS);
const error = (code: Problem['code'], more: object = {}) => ({
  problem: { code, message: 'm', remedy: 'r' },
  atMs: NOW,
  secretVersion: 'v1',
  ...more,
});

describe('the status of a connector', () => {
  it('is Connected while polls succeed, with the lag of the last poll that reached the end', () => {
    expect(status()).toMatchObject({
      status: 'Connected',
      statusReason: null,
      since: new Date(NOW - HOUR).toISOString(),
      live: { state: 'idle', lagSeconds: 37, caughtUp: true, events: 5 },
      rateLimit: { limit: 60, remaining: 48, throttledUntil: null, count429Last24h: 0 },
      counts: { stored: 3, duplicatesDropped: 2, deadLettered: 1 },
      lastError: null,
    });
  });

  it('is late by the clock of Okta, independent of the clock of the app', () => {
    const ahead = 5 * HOUR;
    const rate = { dateMs: NOW + ahead - 9_000, seenAtMs: NOW - 9_000 };
    const live = aLivePosition({ caughtUpAtMs: NOW + ahead - 9_000 });
    expect(status({ rate, live })).toMatchObject({ status: 'Connected', live: { lagSeconds: 9 } });
  });

  it('is not late when a quiet org is briefly unreachable', () => {
    const live = aLivePosition({ caughtUpAtMs: NOW - 90_000, newestPublishedMs: NOW - DAY });
    const facts = {
      lastSuccessAtMs: NOW - 90_000,
      caughtUp: false,
      liveError: error('OktaServerError'),
    };
    expect(status({ live, facts })).toMatchObject({
      status: 'Connected',
      live: { lagSeconds: 90 },
    });
  });

  it('ignores the error of an ended backfill', () => {
    const backfillError = error('OktaPermissionDenied');
    const facts = { lastSuccessAtMs: NOW, caughtUp: true, backfillError };
    const backfill = (state: 'Running' | 'Canceled') => ({ ledger: aLedger({ state }), open: [] });
    expect(status({ facts, backfill: backfill('Running') }).status).toBe('ActionRequired');
    const over = status({ facts, backfill: backfill('Canceled') });
    expect(over).toMatchObject({ status: 'Connected', lastError: null });
  });

  it('names the error that an operator must repair, even when another failure is newer', () => {
    const facts = {
      lastSuccessAtMs: NOW,
      liveError: error('OktaTokenInvalid', { atMs: NOW - HOUR }),
      backfillError: error('OktaTimeout'),
    };
    expect(status({ facts, backfill: { ledger: aLedger(), open: [] } })).toMatchObject({
      status: 'ActionRequired',
      lastError: { code: 'OktaTokenInvalid' },
    });
  });

  it('is Connecting until the first successful poll', () => {
    expect(status({ facts: {} })).toMatchObject({ status: 'Connecting' });
  });

  it('is Disabled whatever else is true', () => {
    const facts = { liveError: error('OktaTokenInvalid') };
    expect(status({ connector: aConnector({ enabled: false }), facts })).toMatchObject({
      status: 'Disabled',
      live: { state: 'stopped', nextRunAt: null },
    });
  });

  it('is ActionRequired when an operator must repair an error, and names it', () => {
    const facts = { lastSuccessAtMs: NOW, liveError: error('OktaTokenInvalid') };
    expect(status({ facts })).toMatchObject({
      status: 'ActionRequired',
      statusReason: 'OktaTokenInvalid',
      lastError: { code: 'OktaTokenInvalid', remedy: 'r', retryable: false },
    });
  });

  it('does not apply an error of an earlier token to the present token', () => {
    const liveError = error('OktaTokenInvalid', { secretVersion: 'v0' });
    expect(status({ facts: { lastSuccessAtMs: NOW, liveError } })).toMatchObject({
      status: 'Connected',
      lastError: null,
    });
  });

  it('shows a refused delivery, and is unchanged otherwise', () => {
    const deliveryError = error('OktaTokenInvalid');
    expect(status({ facts: { lastSuccessAtMs: NOW, deliveryError } })).toMatchObject({
      status: 'Connected',
      lastError: { code: 'OktaTokenInvalid' },
    });
    const failed = { connector: aConnector({ state: 'failed' }), facts: { deliveryError } };
    expect(status(failed)).toMatchObject({
      status: 'ActionRequired',
      statusReason: 'OktaTokenInvalid',
    });
  });

  it('shows the latest error of live and backfill', () => {
    const liveError = error('OktaServerError', { atMs: NOW - 2000 });
    const backfillError = error('OktaThrottled', { atMs: NOW - 1000 });
    const facts = { lastSuccessAtMs: NOW, caughtUp: true, liveError, backfillError };
    const backfill = { ledger: aLedger(), open: [] };
    expect(status({ facts, backfill }).lastError).toMatchObject({ code: 'OktaThrottled' });
    expect(status({ facts: { ...facts, backfillError: null }, backfill }).lastError).toMatchObject({
      code: 'OktaServerError',
    });
  });

  it('is Disconnected after live polling has failed for two hours, and Connected until then', () => {
    const failingFor = (ms: number) =>
      status({
        facts: { caughtUp: true, lastSuccessAtMs: NOW - ms, liveError: error('OktaServerError') },
      });
    expect(failingFor(2 * HOUR - 1).status).toBe('Connected');
    expect(failingFor(2 * HOUR + 1)).toMatchObject({
      status: 'Disconnected',
      statusReason: 'OktaServerError',
      lastError: { retryable: true },
    });
  });

  it('is Degraded when live polling is late by more than ten intervals', () => {
    const late = aLivePosition({ newestPublishedMs: NOW - 601_000 });
    const facts = { lastSuccessAtMs: NOW, caughtUp: false };
    expect(status({ live: late, facts })).toMatchObject({
      status: 'Degraded',
      statusReason: 'liveLate',
    });
  });

  it('stays Connected while a backfill waits for the limit', () => {
    const rate = { limit: 10, remaining: 0, throttledUntilMs: NOW + 30_000 };
    const backfill = { ledger: aLedger(), open: [aSlicePosition()] };
    expect(status({ rate, backfill })).toMatchObject({
      status: 'Connected',
      live: { state: 'throttled' },
    });
  });

  it('reports 429s for a day', () => {
    const hour = Math.floor(NOW / HOUR);
    const throttled: [number, number][] = [
      [hour - 30, 9],
      [hour - 3, 2],
      [hour, 1],
    ];
    expect(status({ rate: { throttled } }).rateLimit.count429Last24h).toBe(3);
  });
});

describe('the progress of a backfill', () => {
  const progress = (ledger: object, open: object[] = []) =>
    status({
      backfill: { ledger: aLedger(ledger), open: open.map((slice) => aSlicePosition(slice)) },
    }).backfill;

  it('counts finished slices and the read part of open ones', () => {
    const finished = [{ fromMs: NOW - 7 * DAY, toMs: NOW - DAY }];
    const half = {
      fromMs: NOW - 10 * DAY,
      toMs: NOW - 7 * DAY,
      newestPublishedMs: NOW - 8.5 * DAY,
    };
    expect(
      progress({ finished, events: 100 }, [{ ...half, events: 20, requests: 3 }]),
    ).toMatchObject({
      percentComplete: 12.5,
      events: 120,
      requests: 3,
      slicesActive: 1,
    });
  });

  it('is 100 only after success', () => {
    const everything = [{ fromMs: NOW - 61 * DAY, toMs: NOW - DAY }];
    expect(progress({ finished: everything })?.percentComplete).toBe(99.9);
    expect(progress({ finished: everything, state: 'Succeeded' })?.percentComplete).toBe(100);
  });

  it('is estimated from the rate so far', () => {
    const quarter = [{ fromMs: NOW - 16 * DAY, toMs: NOW - DAY }];
    expect(progress({ finished: quarter })?.estimatedSecondsLeft).toBe(3 * 3600);
    expect(progress({})?.estimatedSecondsLeft).toBeNull();
  });

  it('shows time that Okta no longer keeps as a gap', () => {
    const gaps = [{ fromMs: NOW - 61 * DAY, toMs: NOW - 60 * DAY }];
    expect(status({ backfill: { ledger: aLedger({ gaps }), open: [] } }).gaps).toEqual([
      {
        from: new Date(NOW - 61 * DAY).toISOString(),
        to: new Date(NOW - 60 * DAY).toISOString(),
        reason: 'retention',
      },
    ]);
  });
});

describe('the information for operators about Okta', () => {
  const lost = new Date(NOW - HOUR + 90 * DAY).toISOString();
  const live = aLivePosition({ caughtUpAtMs: NOW - HOUR });

  it('includes when Okta is asked again about a refused token', () => {
    const facts = {
      lastSuccessAtMs: NOW - HOUR,
      liveError: error('OktaTokenInvalid'),
      dueAtMs: NOW + HOUR,
    };
    expect(status({ facts, live })).toMatchObject({
      status: 'ActionRequired',
      actionProbeAt: new Date(NOW + HOUR).toISOString(),
      losesAfter: lost,
    });
    expect(status()).toMatchObject({ actionProbeAt: null, losesAfter: null });
  });

  it('includes until when a disabled connector can be enabled without a gap', () => {
    const facts = { lastSuccessAtMs: NOW - HOUR, caughtUp: true };
    const connector = aConnector({ enabled: false });
    expect(status({ connector, facts, live })).toMatchObject({
      status: 'Disabled',
      actionProbeAt: null,
      losesAfter: lost,
    });
  });
});
