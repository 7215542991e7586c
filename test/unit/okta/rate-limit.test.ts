import { describe, expect, it } from 'vitest';
import { readRateLimit, throttleWaitMs } from '../../../shared/okta/rate-limit.ts';
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

  it('is two minutes at most, however far away the reset is said to be', () => {
    const headers = {
      date: new Date(NOW).toUTCString(),
      'x-rate-limit-limit': '60',
      'x-rate-limit-reset': '9999999999',
    };
    expect(throttleWaitMs(headers, NOW, { random: () => 0 }).waitMs).toBe(120_000);
  });

  it('falls back to half a minute or so when the headers are nonsense', () => {
    const { kind, waitMs } = throttleWaitMs({ 'x-rate-limit-reset': 'soon' }, NOW, {
      random: () => 0.5,
    });
    expect({ kind, waitMs }).toEqual({ kind: 'unknown', waitMs: 30_000 });
  });
});

describe('the limit', () => {
  it("is read from Okta's headers and by Okta's clock", () => {
    const headers = {
      date: 'Mon, 23 Nov 2026 12:00:10 GMT',
      'x-rate-limit-limit': '60',
      'x-rate-limit-remaining': '59',
      'x-rate-limit-reset': '1795435260',
    };
    expect(readRateLimit(headers, 0)).toEqual({
      limit: 60,
      remaining: 59,
      resetAtMs: 1_795_435_260_000,
      dateMs: NOW,
    });
  });

  it('has a reset within two minutes, however far away it is said to be', () => {
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
  ])('is unknown from %j', (headers) => expect(readRateLimit(headers, NOW)).toBeUndefined());
});
