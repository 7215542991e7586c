import { describe, expect, it } from 'vitest';
import { restartedSlice, retryPlan } from '../../../shared/backfill/slice-retry.ts';
import { follow } from '../../../shared/backfill/slice-run.ts';
import { pageSizeOf, sinceOf } from '../../../shared/okta/logs-url.ts';
import { aSlicePosition, DAY, HOUR, NOW, ORIGIN } from '../../support/samples.ts';

describe('a full page of a slice that has lost its links', () => {
  const page = (self: string) => ({
    kind: 'page' as const,
    events: [{ raw: '{}', publishedMs: NOW - 30 * HOUR }],
    linked: false,
    self,
    limit: 1,
    dateMs: NOW,
  });

  it('is requested again from its newest event', () => {
    const self = `${ORIGIN}/api/v1/logs?since=2026-11-21T12:00:00.000Z&limit=1`;
    const { more, nextUrl } = follow(page(self), aSlicePosition());
    expect({ more, since: sinceOf(nextUrl) }).toEqual({ more: true, since: NOW - 30 * HOUR });
  });

  it('is requested again from its newest event also after a link without a start', () => {
    const { more } = follow(page(`${ORIGIN}/api/v1/logs?after=x&limit=1`), aSlicePosition());
    expect(more).toBe(true);
  });
});

describe('a slice whose cursor is refused', () => {
  it('restarts at the last confirmed instant, inclusive', () => {
    const position = aSlicePosition({ newestPublishedMs: NOW - 30 * HOUR });
    const { nextUrl = '' } = restartedSlice(position, ORIGIN, NOW - 90 * DAY);
    expect(sinceOf(nextUrl)).toBe(NOW - 30 * HOUR);
  });

  it('does not request time past the retention of Okta', () => {
    const { nextUrl = '' } = restartedSlice(aSlicePosition(), ORIGIN, NOW - 40 * HOUR);
    expect(sinceOf(nextUrl)).toBe(NOW - 40 * HOUR);
  });

  it('ends with a gap when it is completely past the retention of Okta', () => {
    const position = aSlicePosition();
    const { fromMs, toMs } = position;
    const gone = restartedSlice(position, ORIGIN, NOW);
    expect(gone).toEqual({ ended: true, gaps: [{ fromMs, toMs }] });
  });
});

describe('a page that is too large', () => {
  it('is requested in smaller pages at once', () => {
    const easier = retryPlan(aSlicePosition(), 'tooLarge', 1, ORIGIN);
    expect(easier.kind).toBe('smallerPages');
    expect('nextUrl' in easier && pageSizeOf(easier.nextUrl)).toBe(500);
  });

  it('is tried once more as it is when Okta was only slow', () => {
    expect(retryPlan(aSlicePosition(), 'tooSlow', 1, ORIGIN)).toEqual({ kind: 'same' });
    expect(retryPlan(aSlicePosition(), 'tooSlow', 2, ORIGIN).kind).toBe('smallerPages');
  });
});
