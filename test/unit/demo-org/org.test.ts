import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OktaOrg, type OrgOptions } from '../../../dev/demo-org/org.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const BORN = Date.parse('2026-11-23T12:00:30.000Z');
const ORIGIN = 'http://127.0.0.1:9443';

function orgAt(nowMs: number, more: Partial<OrgOptions> = {}) {
  const clock = { nowMs };
  const org = new OktaOrg({
    seed: 1,
    bornAtMs: BORN,
    events: 3000,
    days: 60,
    trickleEventsPerMinute: 10,
    limitPerMinute: 100_000,
    orgId: '00oTest',
    origin: ORIGIN,
    tokens: ['secret'],
    nowMs: () => clock.nowMs,
    ...more,
  });
  const ask = (url: string, headers = { authorization: 'SSWS secret' }) => {
    const { status, headers: sent, body } = org.handle({ method: 'GET', url, headers });
    const links = [sent.link ?? []].flat().map((link) => /<(.*)>; rel="(\w+)"/.exec(link) ?? []);
    const linkTo = (rel: string) => links.find(([, , found]) => found === rel)?.[1];
    const parsed = JSON.parse(String(body));
    return { status, headers: sent, body: parsed, next: linkTo('next'), self: linkTo('self') };
  };
  return { org, clock, ask };
}

const logs = (query: Record<string, string | number>) =>
  `/api/v1/logs?${new URLSearchParams(query as Record<string, string>)}`;
const iso = (ms: number) => new Date(ms).toISOString();
const pathOf = (url: string) => url.slice(ORIGIN.length);
const uuids = (events: { uuid: string }[]) => events.map(({ uuid }) => uuid);

describe('polling', () => {
  it('returns every event exactly once while new and late events arrive', () => {
    const { org, clock, ask } = orgAt(BORN);
    const seen: string[] = [];
    let url = logs({ since: iso(BORN - 2 * DAY), limit: 100, sortOrder: 'ASCENDING' });
    for (let n = 0; n < 400; n++) {
      const page = ask(url);
      seen.push(...uuids(page.body));
      url = pathOf(page.next ?? '');
      clock.nowMs += 60_000;
    }
    const persisted = [...org.truth()].filter(
      ({ persistedAtMs }) => persistedAtMs >= BORN - 2 * DAY,
    );
    const all = persisted.map(({ raw }) => JSON.parse(raw).uuid);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(all.slice(0, seen.length));
    expect(all.length - seen.length).toBeLessThan(20);
  });

  it('always names a next page, which is the same page when there are no new events', () => {
    const { ask } = orgAt(BORN, { trickleEventsPerMinute: 0 });
    const first = ask(logs({ since: iso(BORN - HOUR), limit: 1000 }));
    const empty = ask(pathOf(first.next ?? ''));
    expect(empty.body).toEqual([]);
    expect(empty.next).toBe(empty.self);
  });

  it('returns pages of any length on request, and never an empty page before the end', () => {
    const { org, ask } = orgAt(BORN, { trickleEventsPerMinute: 0, shortPages: true });
    const lengths: number[] = [];
    let page = ask(logs({ since: iso(BORN - 60 * DAY), limit: 100 }));
    for (; page.body.length > 0; page = ask(pathOf(page.next ?? '')))
      lengths.push(page.body.length);
    expect(lengths.reduce((sum, one) => sum + one, 0)).toBe([...org.truth()].length);
    expect(lengths.filter((one) => one < 50).length).toBeGreaterThan(10);
    expect(page.next).toBe(page.self);
  });

  it('returns an appended event byte for byte, whatever its published time', () => {
    const { org, ask } = orgAt(BORN + HOUR, { trickleEventsPerMinute: 0 });
    org.append('{ "uuid":"old", "published":"2021-01-01T00:00:00.000Z" }', 0);
    const { body } = ask(logs({ since: iso(BORN + HOUR - 1000) }));
    expect(uuids(body)).toContain('old');
  });
});

describe('a bounded query', () => {
  it('is ordered by published and finite, and its last page has no next link', () => {
    const { ask } = orgAt(BORN + DAY);
    const published: string[] = [];
    let url: string | undefined = logs({
      since: iso(BORN - 10 * DAY),
      until: iso(BORN),
      limit: 100,
    });
    let pages = 0;
    while (url) {
      const page = ask(url);
      published.push(...page.body.map((event: any) => event.published));
      url = page.next && pathOf(page.next);
      pages++;
    }
    expect(pages).toBeGreaterThan(2);
    expect(published).toEqual(published.toSorted());
  });

  it('tiles: slices with shared edges hold every event of the range, each once', () => {
    const { org, ask } = orgAt(BORN + DAY, { trickleEventsPerMinute: 0 });
    const truth = [...org.truth()].map((event) => ({ ...event, uuid: JSON.parse(event.raw).uuid }));
    const read = (fromMs: number, toMs: number) => {
      const page = ask(logs({ since: iso(fromMs), until: iso(toMs), limit: 1000 }));
      return page.next ? [...page.body, ...ask(pathOf(page.next)).body] : page.body;
    };
    const from = BORN - 20 * DAY;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 * DAY }), (cut) => {
        const parts = [...read(from, from + cut), ...read(from + cut, from + 11 * DAY)];
        const inRange = truth.filter(
          ({ publishedMs }) => publishedMs >= from && publishedMs < from + 11 * DAY,
        );
        expect(uuids(parts).toSorted()).toEqual(uuids(inRange).toSorted());
      }),
      { numRuns: 30 },
    );
  });

  it('does not return events that are not committed yet', () => {
    const { org } = orgAt(BORN + DAY);
    const late = [...org.truth()].find((event) => event.persistedAtMs > event.publishedMs + HOUR);
    const { ask } = orgAt((late?.persistedAtMs ?? 0) - 1000);
    const published = late?.publishedMs ?? 0;
    const { body } = ask(logs({ since: iso(published - 1), until: iso(published + 1) }));
    expect(uuids(body)).not.toContain(JSON.parse(late?.raw ?? '{}').uuid);
  });

  it('returns events late when its index is late, while polling returns them at once', () => {
    const { org, clock, ask } = orgAt(BORN, { events: 0, indexDelayMs: 10 * HOUR });
    for (let n = 0; n < 20; n++) org.append(`{"uuid":"u${n}"}`, BORN - HOUR);
    clock.nowMs += 1000;
    const range = { since: iso(BORN - 2 * HOUR), until: iso(BORN) };
    expect(ask(logs(range)).body.length).toBeLessThan(20);
    expect(ask(logs({ since: range.since, limit: 1000 })).body).toHaveLength(20);
    clock.nowMs += 10 * HOUR;
    expect(ask(logs(range)).body).toHaveLength(20);
  });

  it('returns nothing from more than 90 days ago, and reports no error for it', () => {
    const { ask } = orgAt(BORN + 60 * DAY);
    const page = ask(logs({ since: iso(BORN - 50 * DAY), until: iso(BORN - 40 * DAY) }));
    expect([page.status, page.body, page.next]).toEqual([200, [], undefined]);
  });
});

describe('the org', () => {
  it('is the same after a restart, with new events added', () => {
    const before = [...orgAt(BORN + HOUR).org.truth()].map(({ raw }) => raw);
    const after = [...orgAt(BORN + 2 * HOUR).org.truth()].map(({ raw }) => raw);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.length).toBeGreaterThan(before.length);
  });

  it.each([
    [{ limit: 1001 }, 'E0000001'],
    [{ since: 'yesterday' }, 'E0000001'],
    [{ since: iso(BORN + DAY) }, 'E0000001'],
    [{ since: iso(BORN - 181 * DAY) }, 'E0000053'],
    [{ since: iso(BORN - DAY), until: iso(BORN - 2 * DAY) }, 'E0000001'],
    [{ after: 'made-up' }, 'E0000001'],
    [{ filter: 'published eq "x"' }, 'E0000031'],
  ])('refuses %j with 400', (query, errorCode) => {
    const reply = orgAt(BORN).ask(logs(query as Record<string, string>));
    expect([reply.status, reply.body.errorCode]).toEqual([400, errorCode]);
  });

  it('refuses cursors on request', () => {
    const { org, ask } = orgAt(BORN);
    const { next } = ask(logs({ since: iso(BORN - DAY), limit: 1 }));
    org.refuseCursors();
    expect(ask(pathOf(next ?? '')).status).toBe(400);
  });

  it('requires a known token', () => {
    const { ask } = orgAt(BORN);
    for (const authorization of ['', 'SSWS wrong', 'Bearer secret'])
      expect(ask(logs({}), { authorization })).toMatchObject({
        status: 401,
        body: { errorCode: 'E0000011' },
      });
  });

  it('counts requests per token and minute, reports the remaining requests, and answers 429 above the limit', () => {
    const { clock, ask } = orgAt(BORN, { limitPerMinute: 2, clockSkewMs: HOUR });
    const [one, two, three] = [ask(logs({})), ask(logs({})), ask(logs({}))];
    expect([one.status, two.status, three.status]).toEqual([200, 200, 429]);
    expect(one.headers).toMatchObject({ 'x-rate-limit-limit': '2', 'x-rate-limit-remaining': '1' });
    expect(three.body.errorCode).toBe('E0000047');
    const resetMs = Number(three.headers['x-rate-limit-reset']) * 1000;
    expect(resetMs).toBe(Date.parse('2026-11-23T13:01:00.000Z'));
    expect(Date.parse(String(three.headers.date))).toBe(BORN + HOUR);
    clock.nowMs += 30_000;
    expect(ask(logs({})).status).toBe(200);
  });

  it('returns its document to every caller', () => {
    const { status, body } = orgAt(BORN).ask('/.well-known/okta-organization', {
      authorization: '',
    });
    expect([status, body.id, body._links.organization.href]).toEqual([200, '00oTest', ORIGIN]);
  });
});
