import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../dev/demo-org/faults.ts';
import type { Fault } from '../../../dev/demo-org/org.ts';
import { follow } from '../../../shared/ingest/live.ts';
import type { LogsPage } from '../../../shared/okta/logs.ts';
import { aLivePosition, DAY, HOUR, NOW, ORIGIN } from '../../support/samples.ts';
import { createWorld, settle } from '../../support/world.ts';

const URL_OF = (after: string) => `${ORIGIN}/api/v1/logs?limit=2&after=${after}`;
const published = (...ages: number[]) => ages.map((age) => ({ raw: '{}', publishedMs: NOW - age }));
const aPage = (change: Partial<LogsPage> = {}): LogsPage => ({
  kind: 'page',
  events: published(HOUR, HOUR),
  next: URL_OF('2'),
  linked: true,
  self: URL_OF('1'),
  limit: 2,
  dateMs: NOW,
  ...change,
});
const next = (page: LogsPage, intervalSeconds = 60) =>
  follow(page, aLivePosition(), intervalSeconds);

describe('a polling page', () => {
  it.each([
    ['full', aPage()],
    ['short, and its newest event is old', aPage({ events: published(HOUR) })],
    ['short, with a newest event dated in the future', aPage({ events: published(-HOUR) })],
    ['short, and when its event was published is not known', aPage({ events: [{ raw: '{}' }] })],
  ])('leads to the next page while it is %s', (_, page) => {
    expect(next(page)).toEqual({ nextUrl: URL_OF('2'), more: true, change: {} });
  });

  it.each([
    ['is empty', aPage({ events: [] })],
    ['is short and links to itself', aPage({ events: published(HOUR), next: URL_OF('1') })],
  ])('is the end when it %s', (_, page) => {
    const { more, nextUrl, change } = next(page);
    expect({ more, nextUrl }).toEqual({ more: false, nextUrl: page.next });
    expect(change).toEqual({ caughtUpAtMs: NOW });
  });

  it('is the end when it is short and current: all events committed before it were read', () => {
    const page = aPage({ events: published(119_000) });
    const caughtUpAtMs = NOW - 119_000;
    expect(next(page)).toEqual({ nextUrl: URL_OF('2'), more: false, change: { caughtUpAtMs } });
  });

  it('does not move the caught-up time back when its newest event was committed late', () => {
    const position = aLivePosition({ caughtUpAtMs: NOW - 60_000 });
    const { change } = follow(aPage({ events: published(90_000) }), position, 60);
    expect(change).toEqual({ caughtUpAtMs: NOW - 60_000 });
  });

  it('counts as current for fewer seconds when polls are more frequent', () => {
    expect(next(aPage({ events: published(51_000) }), 10).more).toBe(true);
    expect(next(aPage({ events: published(49_000) }), 10).more).toBe(false);
  });
});

it('full pages are tried once after smaller pages, even in an org whose links always name smaller pages', () => {
  const position = aLivePosition({ smallerPagesAtMs: NOW - 2 * HOUR, newestPublishedMs: NOW });
  const { nextUrl, change } = follow(aPage(), position, 60);
  expect(nextUrl).toContain('limit=1000');
  expect(follow(aPage(), { ...position, ...change }, 60).nextUrl).toBe(URL_OF('2'));
});

describe('an outage of more than 90 days', () => {
  const away = aLivePosition({ caughtUpAtMs: NOW - 100 * DAY, newestPublishedMs: NOW - 101 * DAY });

  it("is a gap up to the start of Okta's retention", () => {
    const gaps = [{ fromMs: NOW - 100 * DAY, toMs: NOW - 90 * DAY }];
    expect(follow(aPage(), away, 60).change).toEqual({ gaps });
  });

  it('is one gap, however many pages are needed to catch up', () => {
    const { gaps = [] } = follow(aPage(), away, 60).change ?? {};
    const later = follow(aPage({ dateMs: NOW + HOUR }), { ...away, gaps }, 60);
    expect(later.change?.gaps).toEqual([{ fromMs: NOW - 100 * DAY, toMs: NOW + HOUR - 90 * DAY }]);
    const read = { ...away, gaps, newestPublishedMs: NOW - 89 * DAY };
    expect(follow(aPage({ dateMs: NOW + HOUR }), read, 60).change).toEqual({});
  });
});

describe('an org with pages of any length', () => {
  const MINUTES = 60;
  const inLife = async (trickleEventsPerMinute: number) => {
    const world = createWorld({
      events: 0,
      trickleEventsPerMinute,
      shortPages: true,
      longestPage: 100,
    });
    await world.connect({ backfillDays: 0 });
    for (let minute = 0; minute < MINUTES; minute++) {
      world.passToNext(await world.poll());
    }
    return world;
  };

  it('is read to its end, and only then counts as caught up', async () => {
    const world = await inLife(90);
    const live = await world.live();
    const committed = [...world.org.truth()].filter(
      ({ persistedAtMs }) => persistedAtMs < (live?.caughtUpAtMs ?? 0),
    );
    const held = new Set(await world.held());
    expect(committed.filter(({ raw }) => !held.has(raw)).length).toBe(0);
    expect(world.org.nowMs() - (live?.caughtUpAtMs ?? 0)).toBeLessThan(4 * 60_000);
  });

  it('costs one request for each idle poll nevertheless', async () => {
    const world = await inLife(0);
    const before = world.requests();
    world.pass(60_000);
    await world.poll();
    expect(world.requests() - before).toBe(1);
  });
});

describe('live polling', () => {
  it('treats a full page that links to itself as a fault, because it hides the following events', async () => {
    const world = createWorld({ events: 0, longestPage: 2 });
    await world.connect({ backfillDays: 0 });
    for (let n = 0; n < 9; n++) world.org.append(`{"uuid":"u${n}"}`, world.org.nowMs());
    world.org.faults.push({
      matches: ({ url }) => url.includes('limit=2'),
      times: Number.POSITIVE_INFINITY,
      answer: FAULTS['next-is-self']?.(world.org) as Fault['answer'],
    });
    await world.poll();
    expect((await world.facts()).caughtUp).not.toBe(true);
    expect((await world.facts()).liveError?.problem.code).toBe('OktaBadResponse');
  });

  it('does not follow a next link that is not a polling link', async () => {
    const world = createWorld({ events: 0 });
    await world.connect();
    await settle(world);
    const lastUrl = (await world.live())?.nextUrl;
    world.org.faults.push({
      times: 1,
      answer: (_, proper) => {
        const reply = proper();
        const next = `${ORIGIN}/api/v1/logs?until=2026-12-01T00:00:00Z&after=x`;
        return { ...reply, headers: { ...reply.headers, link: `<${next}>; rel="next"` } };
      },
    });
    world.pass(60_000);
    await world.poll();
    expect((await world.live())?.nextUrl).toBe(lastUrl);
    expect((await world.facts()).liveError?.problem.code).toBe('OktaBadResponse');
  });

  it('does not restart at an event dated in the future', async () => {
    const world = createWorld({ events: 0 });
    await world.connect();
    const future = new Date(world.org.nowMs() + 300 * DAY).toISOString();
    world.org.append(`{"uuid":"u","published":"${future}"}`, undefined);
    await settle(world);
    expect((await world.live())?.newestPublishedMs).toBeLessThanOrEqual(world.org.nowMs());
  });

  it('restarts after an outage so long that Okta refuses its first `since`', async () => {
    const world = createWorld({ events: 0 });
    await world.connect();
    world.pass(200 * DAY);
    world.org.append('{"uuid":"u","published":"2027-06-01T00:00:00.000Z"}', undefined);
    await world.poll();
    world.pass(60_000);
    await world.poll();
    expect(await world.live()).toMatchObject({ cursorResets: 1, events: 1 });
  });
});
