import { describe, expect, it } from 'vitest';
import { dateOf, readRateLimit, throttleWaitMs } from '../../../shared/okta/rate-limit.ts';
import { sharedJson } from '../../support/shared-data.ts';

const NOW = Date.parse('2026-11-23T12:00:10.000Z');
const vectors: any[] | undefined = sharedJson('link-and-ratelimit-vectors.json')?.rate_limit;
const of429 = vectors?.filter(({ status }) => status === 429) ?? [];

describe('the wait after a 429', () => {
  it.skipIf(!vectors).each(of429)(
    '$name',
    ({ headers, local_clock_skew_ms = 0, expect: wanted }) => {
      for (const drawn of [0, 0.5, 0.999]) {
        const { kind, waitMs } = throttleWaitMs(headers, NOW + local_clock_skew_ms, {
          random: () => drawn,
        });
        expect(kind).toBe(wanted.kind);
        if (wanted.wait_ms !== undefined) expect(waitMs).toBe(wanted.wait_ms);
        expect(waitMs).toBeGreaterThanOrEqual(wanted.wait_ms_min ?? 1000);
        expect(waitMs).toBeLessThanOrEqual(wanted.wait_ms_max ?? 120_000);
      }
    },
  );

  it('is at most two minutes, however late the reset is', () => {
    const headers = {
      date: new Date(NOW).toUTCString(),
      'x-rate-limit-limit': '60',
      'x-rate-limit-reset': '9999999999',
    };
    expect(throttleWaitMs(headers, NOW, { random: () => 0 }).waitMs).toBe(120_000);
  });

  it('falls back to about half a minute when the headers are invalid', () => {
    const { kind, waitMs } = throttleWaitMs({ 'x-rate-limit-reset': 'soon' }, NOW, {
      random: () => 0.5,
    });
    expect({ kind, waitMs }).toEqual({ kind: 'unknown', waitMs: 30_000 });
  });
});

describe('a Retry-After', () => {
  const wait = (headers: Record<string, string>) =>
    throttleWaitMs({ date: new Date(NOW).toUTCString(), ...headers }, NOW, { random: () => 0.5 });

  it.each([
    ['in seconds', '7', 7000],
    ['as a date', new Date(NOW + 9000).toUTCString(), 9000],
    ['in the past', new Date(NOW - 9000).toUTCString(), 1000],
    ['in the far future', '86400', 120_000],
    ['that is nonsense', 'soon', 30_000],
  ])('%s is used when Okta names no reset', (_, value, waitMs) => {
    expect(wait({ 'retry-after': value })).toEqual({ kind: 'unknown', waitMs });
  });

  it('is ignored when there is a reset', () => {
    const reset = String(NOW / 1000 + 20);
    expect(wait({ 'retry-after': '7', 'x-rate-limit-reset': reset }).waitMs).toBe(21_000);
  });
});

describe("Okta's time", () => {
  const HOUR = 3_600_000;

  it.each([-20, 0, 20])("is its Date header, %i hours from the app's clock", (hours) => {
    const atMs = NOW + hours * HOUR;
    expect(dateOf({ date: new Date(atMs).toUTCString() }, NOW)).toBe(atMs);
  });

  it.each(['Fri, 01 Jan 2016 00:00:00 GMT', 'Fri, 01 Jan 2100 00:00:00 GMT', 'now', '0'])(
    "is the app's time when the Date header is %s",
    (date) => expect(dateOf({ date }, NOW)).toBe(NOW),
  );
});

describe('the limit', () => {
  it("is read from Okta's headers, relative to Okta's clock", () => {
    const headers = {
      date: 'Mon, 23 Nov 2026 12:00:10 GMT',
      'x-rate-limit-limit': '60',
      'x-rate-limit-remaining': '59',
      'x-rate-limit-reset': '1795435260',
    };
    expect(readRateLimit(headers, NOW + 5000)).toEqual({
      limit: 60,
      remaining: 59,
      resetAtMs: 1_795_435_260_000,
      dateMs: NOW,
    });
  });

  it('has a reset within two minutes, however late Okta says it is', () => {
    const headers = {
      date: new Date(NOW).toUTCString(),
      'x-rate-limit-limit': '60',
      'x-rate-limit-remaining': '0',
      'x-rate-limit-reset': String((NOW + 86_400_000) / 1000),
    };
    expect(readRateLimit(headers, NOW)?.resetAtMs).toBe(NOW + 120_000);
  });

  it.each([
    [{}],
    [{ 'x-rate-limit-limit': '60' }],
    [{ 'x-rate-limit-limit': '-1', 'x-rate-limit-remaining': '1', 'x-rate-limit-reset': '1' }],
  ])('is unknown for %j', (headers) => expect(readRateLimit(headers, NOW)).toBeUndefined());
});
