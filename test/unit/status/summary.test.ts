import { describe, expect, it } from 'vitest';
import type { StatusInputs } from '../../../shared/status/status-inputs.ts';
import { summaryOf } from '../../../shared/status/summary.ts';
import { aConnector, aLedger, aLivePosition, DAY, HOUR, NOW } from '../../support/samples.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const inputs = (change: Partial<StatusInputs> = {}): StatusInputs => ({
  connector: aConnector(),
  facts: { lastSuccessAtMs: NOW - 9_000, caughtUp: true, wellSinceMs: NOW - HOUR, dueAtMs: NOW },
  rate: {},
  live: aLivePosition({ caughtUpAtMs: NOW - 9_000 }),
  backfill: { ledger: aLedger(), open: [] },
  earlier: [],
  unreadableKeys: [],
  storageTakesWrites: true,
  nowMs: NOW,
  ...change,
});

describe('the summary in a list', () => {
  it('shows whether live polling is late, how far the past is filled, and what is lost', () => {
    const gaps = [{ fromMs: NOW - 20 * DAY, toMs: NOW - 19 * DAY }];
    const live = aLivePosition({ startedAtMs: NOW - 30 * DAY, caughtUpAtMs: NOW - 9_000, gaps });
    expect(summaryOf(inputs({ live }))).toEqual({
      statusReason: null,
      since: iso(NOW - HOUR),
      lagSeconds: 9,
      caughtUp: true,
      lastEventAt: null,
      lastSuccessAt: iso(NOW - 9_000),
      nextRunAt: iso(NOW),
      live: 'idle',
      backfill: { state: 'Running', percentComplete: 0, estimatedSecondsLeft: null },
      gaps: 1,
      lastError: null,
    });
  });

  it('names the error without its text', () => {
    const problem = { code: 'OktaTokenInvalid', message: 'm', remedy: 'r' } as const;
    const liveError = { problem, atMs: NOW - HOUR, secretVersion: 'v1' };
    const facts = { lastSuccessAtMs: NOW - HOUR, liveError };
    expect(summaryOf(inputs({ facts, live: undefined, backfill: undefined }))).toMatchObject({
      statusReason: 'OktaTokenInvalid',
      live: null,
      lagSeconds: null,
      caughtUp: false,
      backfill: null,
      lastError: { code: 'OktaTokenInvalid', at: iso(NOW - HOUR), retryable: false },
    });
  });
});
