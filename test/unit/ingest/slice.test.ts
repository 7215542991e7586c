import { describe, expect, it } from 'vitest';
import { type Failure, restartedSlice, retryPlan } from '../../../shared/backfill/slice-retry.ts';
import { follow } from '../../../shared/backfill/slice-run.ts';
import { boundedUrl, pageSizeOf, sinceOf } from '../../../shared/okta/logs-url.ts';
import type { SlicePosition } from '../../../shared/storage/positions.ts';
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

describe('a slice with endless empty pages that name a next page', () => {
  const page = (n: number, events = 0) => ({
    kind: 'page' as const,
    events: Array.from({ length: events }, () => ({ raw: '{}', publishedMs: NOW - 30 * HOUR })),
    next: `${ORIGIN}/api/v1/logs?after=${n + 1}&limit=10`,
    linked: true,
    self: `${ORIGIN}/api/v1/logs?after=${n}&limit=10`,
    limit: 10,
    dateMs: NOW,
  });

  it('ends after ten of them in a row', () => {
    let position = aSlicePosition();
    for (let n = 1; n <= 12; n++) {
      // A page with an event resets the count.
      const { more, change } = follow(page(n, n === 2 ? 1 : 0), position);
      expect({ n, more }).toEqual({ n, more: n < 12 });
      position = { ...position, ...change };
    }
    expect(position.ended).toBe(true);
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

describe('a slice that Okta fails to answer', () => {
  const plan = (failure: Partial<Failure>, change: Partial<SlicePosition> = {}) => {
    const usual: Failure = {
      fault: 'tooSlow',
      failures: 2,
      failingForMs: 4000,
      isOktaWell: true,
      answeredMs: 0,
    };
    return retryPlan(asked(change), { ...usual, ...failure }, ORIGIN);
  };
  const asked = (change: Partial<SlicePosition>) => {
    const { fromMs, toMs } = aSlicePosition(change);
    return aSlicePosition({
      nextUrl: boundedUrl(ORIGIN, { fromMs, toMs, limit: 1000 }),
      ...change,
    });
  };

  it('is requested with smaller pages at once when a page was too large', () => {
    const easier = plan({ fault: 'tooLarge', failures: 1, isOktaWell: false });
    expect(easier.kind).toBe('restart');
    expect('nextUrl' in easier && pageSizeOf(easier.nextUrl)).toBe(500);
  });

  it('is retried once unchanged, then with smaller pages', () => {
    expect(plan({ failures: 1 })).toEqual({ kind: 'same' });
    expect(plan({}).kind).toBe('restart');
  });

  it('is unchanged while nothing proves that Okta works', () => {
    expect(plan({ failures: 50, isOktaWell: false })).toEqual({ kind: 'same' });
  });

  it('is cut at once to a width that Okta has answered', () => {
    const cut = plan({ failures: 1, isOktaWell: false, answeredMs: 3 * HOUR });
    expect(cut).toMatchObject({ kind: 'split', suspect: false });
    expect('atMs' in cut && cut.atMs - aSlicePosition().fromMs).toBe(3 * HOUR);
  });

  it('is retried more often when the reply was not a page of the log', () => {
    expect(plan({ fault: undefined, failures: 4 })).toEqual({ kind: 'same' });
    expect(plan({ fault: undefined, failures: 5 }).kind).toBe('restart');
  });

  it('is halved when smaller pages have not helped, and set aside when it is narrow', () => {
    expect(plan({}, { smallPagesFailed: true })).toMatchObject({ kind: 'split', suspect: true });
    const toMs = aSlicePosition().fromMs + 60_000;
    const nextUrl = `${ORIGIN}/api/v1/logs?since=a&until=b&limit=125`;
    expect(plan({}, { smallPagesFailed: true, toMs, nextUrl })).toEqual({ kind: 'setAside' });
  });

  it('is set aside at once when it was set aside before', () => {
    expect(plan({}, { again: true })).toEqual({ kind: 'setAside' });
  });
});
