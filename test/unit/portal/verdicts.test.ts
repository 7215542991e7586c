import { describe, expect, it } from 'vitest';
import {
  historyVerdict,
  type LiveFacts,
  liveVerdict,
  lostVerdict,
  type Verdict,
} from '../../../portal/words/verdicts.ts';
import { STATUS_NAMES } from '../../../shared/enumerations.ts';
import { HOUR, NOW } from '../../support/samples.ts';

/** A number and its unit stay on one line. */
const plain = ({ word, detail, tone }: Verdict): Verdict => ({
  word: word.replaceAll('\u00a0', ' '),
  detail: detail.replaceAll('\u00a0', ' '),
  tone,
});

const iso = (ms: number) => new Date(ms).toISOString();
const facts = (change: Partial<LiveFacts> = {}): LiveFacts => ({
  status: 'Connected',
  since: iso(NOW - HOUR),
  lagSeconds: 9,
  caughtUp: true,
  lastSuccessAt: iso(NOW - 9_000),
  nextRunAt: iso(NOW + 51_000),
  live: 'idle',
  lastError: null,
  ...change,
});
const live = (change: Partial<LiveFacts> = {}) => plain(liveVerdict(facts(change), NOW));

describe('is it late?', () => {
  it('no, while the last poll has reached the end', () => {
    expect(live()).toEqual({
      word: 'Up to date',
      detail: 'poll 9 s ago, next in 51 s',
      tone: 'good',
    });
  });

  it('waiting for the limit is normal, and goes on at a time', () => {
    const throttledUntil = '2026-11-23T12:00:31.000Z';
    const verdict = live({ live: 'throttled', throttledUntil, caughtUp: false });
    expect(verdict).toMatchObject({ word: 'Waiting for Okta’s limit', tone: 'good' });
    expect(verdict.detail).toContain('12:00:31');
    // A summary has the time of the next run only.
    const inList = live({ live: 'throttled', nextRunAt: throttledUntil, caughtUp: false });
    expect(inList).toEqual(verdict);
  });

  it('by how much, when it is', () => {
    expect(live({ status: 'Degraded', caughtUp: false, lagSeconds: 3360 })).toMatchObject({
      word: '56 min behind',
      tone: 'warn',
    });
  });

  it('says since when nothing comes, and whether a person is needed', () => {
    const lastSuccessAt = iso(NOW - 3 * HOUR);
    expect(live({ status: 'ActionRequired', lastSuccessAt })).toMatchObject({
      word: 'Stopped 3 h ago',
      detail: 'Okta is asked again in 51 s',
      tone: 'bad',
    });
    expect(live({ status: 'Disconnected', lastSuccessAt })).toMatchObject({
      word: 'No answer since 09:00:00',
      detail: 'retries automatically, next in 51 s',
    });
    expect(live({ status: 'Disabled' })).toMatchObject({ word: 'Paused', tone: 'off' });
  });

  it('is never a green check before the first success', () => {
    const never = { lastSuccessAt: null, lagSeconds: null, caughtUp: false };
    expect(live({ status: 'Connecting', ...never })).toMatchObject({
      word: 'Asking Okta',
      detail: 'No poll has succeeded yet.',
      tone: 'busy',
    });
  });

  it('has a word for every status, whatever is known', () => {
    for (const status of STATUS_NAMES) {
      const unknown = { since: null, lastSuccessAt: null, nextRunAt: null, lagSeconds: null };
      const { word, detail } = live({ status, ...unknown, caughtUp: false, live: null });
      expect(word).not.toBe('');
      expect(word + detail).not.toMatch(/undefined|null|NaN/);
    }
  });
});

describe('is it complete?', () => {
  const backfill = (change: object) => ({
    state: 'Running' as const,
    percentComplete: 42.5,
    estimatedSecondsLeft: 5400,
    ...change,
  });

  it.each([
    [backfill({}), '42.5 %'],
    [backfill({ state: 'Succeeded', percentComplete: 100 }), 'Backfill complete'],
    [backfill({ state: 'Succeeded', mode: 'verify', missing: 0 }), 'Verified: 0 missing'],
    [backfill({ state: 'Failed' }), 'Not complete'],
    [backfill({ state: 'Canceled' }), 'Backfill canceled'],
    [null, 'Waiting'],
  ])('%j: %s', (given, word) => {
    expect(plain(historyVerdict(given, 60)).word).toBe(word);
  });

  it('says so of all days, whatever has become of the last backfill', () => {
    const canceled = backfill({ state: 'Canceled', percentComplete: 0 });
    expect(plain(historyVerdict(canceled, 60, 0))).toEqual({
      word: '60 days complete',
      detail: 'the last backfill was canceled at 0.0 %',
      tone: 'good',
    });
    const ofOneDay = backfill({ state: 'Succeeded', percentComplete: 100 });
    expect(plain(historyVerdict(ofOneDay, 60, 0)).word).toBe('60 days complete');
    expect(plain(historyVerdict(ofOneDay, 60, 12))).toMatchObject({
      word: '12 days not complete',
      tone: 'warn',
    });
  });

  it('is not asked for without days', () => {
    expect(historyVerdict(null, 0)).toMatchObject({ word: 'From the connection on' });
  });
});

describe('is anything lost?', () => {
  const counts = {
    asOf: iso(NOW),
    stored: 816_556,
    duplicatesDropped: 0,
    variants: 0,
    deadLettered: 2,
    perDay: [],
  };

  it('nothing', () => {
    expect(lostVerdict({ gaps: [], counts })).toEqual({
      word: 'Nothing',
      detail: '816,556 stored, 2 set aside',
      tone: 'good',
    });
  });

  it('so much time in gaps', () => {
    const gaps = [{ from: iso(NOW - 2 * HOUR), to: iso(NOW), reason: 'outage' as const }];
    expect(plain(lostVerdict({ gaps, counts }))).toMatchObject({
      word: '2 h in 1 gap',
      tone: 'warn',
    });
  });
});
