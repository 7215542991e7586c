import { describe, expect, it } from 'vitest';
import { follow } from '../../../shared/ingest/live.ts';
import type { LogsPage } from '../../../shared/okta/logs.ts';
import { aLivePosition, DAY, HOUR, NOW, ORIGIN } from '../../support/samples.ts';
import { createWorld, settle } from '../../support/world.ts';

const URL_OF = (after: string) => `${ORIGIN}/api/v1/logs?limit=2&after=${after}`;
const aPage = (change: Partial<LogsPage> = {}): LogsPage => ({
  kind: 'page',
  events: [{ raw: '{}' }, { raw: '{}' }],
  next: URL_OF('2'),
  linked: true,
  self: URL_OF('1'),
  limit: 2,
  dateMs: NOW,
  ...change,
});

describe('a page of polling', () => {
  it('leads on while it is full', () => {
    expect(follow(aPage(), aLivePosition())).toEqual({
      nextUrl: URL_OF('2'),
      more: true,
      change: {},
    });
  });

  it.each([
    ['is short', aPage({ events: [{ raw: '{}' }] })],
    ['is empty', aPage({ events: [] })],
    ['leads back to itself', aPage({ next: URL_OF('1') })],
  ])('is the end for now when it %s', (_, page) => {
    const { more, nextUrl, change } = follow(page, aLivePosition());
    expect({ more, nextUrl }).toEqual({ more: false, nextUrl: page.next });
    expect(change).toEqual({ caughtUpAtMs: NOW });
  });
});

describe('an outage of more than 90 days', () => {
  const away = aLivePosition({ caughtUpAtMs: NOW - 100 * DAY, newestPublishedMs: NOW - 101 * DAY });

  it('is a gap up to what Okta still keeps', () => {
    const gaps = [{ fromMs: NOW - 100 * DAY, toMs: NOW - 90 * DAY }];
    expect(follow(aPage(), away).change).toEqual({ gaps });
  });

  it('is one gap, however many pages it takes to catch up', () => {
    const { gaps = [] } = follow(aPage(), away).change ?? {};
    const later = follow(aPage({ dateMs: NOW + HOUR }), { ...away, gaps });
    expect(later.change?.gaps).toEqual([{ fromMs: NOW - 100 * DAY, toMs: NOW + HOUR - 90 * DAY }]);
    const read = { ...away, gaps, newestPublishedMs: NOW - 89 * DAY };
    expect(follow(aPage({ dateMs: NOW + HOUR }), read).change).toEqual({});
  });
});

describe('live polling', () => {
  it('does not follow a link that is no polling link any more', async () => {
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

  it('does not restart at what claims to be of the future', async () => {
    const world = createWorld({ events: 0 });
    await world.connect();
    const future = new Date(world.org.nowMs() + 300 * DAY).toISOString();
    world.org.append(`{"uuid":"u","published":"${future}"}`, undefined);
    await settle(world);
    expect((await world.live())?.newestPublishedMs).toBeLessThanOrEqual(world.org.nowMs());
  });

  it('starts again when it was away for so long that its first `since` is refused', async () => {
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
