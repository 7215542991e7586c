import { describe, expect, it } from 'vitest';
import { boundedUrl, hasCursor, isPollingUrl, pollingUrl } from '../../../shared/okta/logs-url.ts';
import { NOW, ORIGIN } from '../../support/samples.ts';

const queryOf = (url: string) => Object.fromEntries(new URL(url).searchParams);

describe('the first URL of a chain', () => {
  it('in bounded mode contains the exact edges of its range, which neighbours share', () => {
    const [fromMs, edgeMs, toMs] = [NOW - 2001, NOW - 1000, NOW + 999];
    const older = queryOf(boundedUrl(ORIGIN, { fromMs, toMs: edgeMs, limit: 1000 }));
    const newer = queryOf(boundedUrl(ORIGIN, { fromMs: edgeMs, toMs, limit: 1000 }));
    expect(older).toEqual({
      since: '2026-11-23T11:59:57.999Z',
      until: '2026-11-23T11:59:59.000Z',
      sortOrder: 'ASCENDING',
      limit: '1000',
    });
    expect(newer.since).toBe(older.until);
    expect(newer.until).toBe('2026-11-23T12:00:00.999Z');
  });

  it('in polling mode has no end', () => {
    expect(queryOf(pollingUrl(ORIGIN, { sinceMs: NOW, limit: 500 }))).toEqual({
      since: '2026-11-23T12:00:00.000Z',
      sortOrder: 'ASCENDING',
      limit: '500',
    });
  });
});

describe('a link', () => {
  const polling = `${ORIGIN}/api/v1/logs?since=a&sortOrder=ASCENDING&limit=10`;

  it.each([polling, `${polling}&until=`, `${polling}&until=&after=1&q=`])(
    'of polling has no end, or an empty end: %s',
    (url) => expect(isPollingUrl(url)).toBe(true),
  );

  it.each([`${polling}&until=now`, `${polling}&until=&until=2026-11-23T12:00:00Z`])(
    'with an end is not a polling link: %s',
    (url) => expect(isPollingUrl(url)).toBe(false),
  );

  it('with an empty cursor has no cursor', () => {
    expect(hasCursor(`${polling}&after=`)).toBe(false);
    expect(hasCursor(`${polling}&after=1`)).toBe(true);
  });
});
