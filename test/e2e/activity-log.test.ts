/** Lists, filters and exports of events, and the counts. */
import { once } from 'node:events';
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { at, DAY_MS, DEAD, HOSTILE, NOW, published, SPECIAL } from '../support/awkward-events.ts';
import { expectError } from '../support/calls.ts';
import { parseCsv } from '../support/csv.ts';
import { heldBy } from '../support/held-events.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { happen } from '../support/row-org.ts';
import { register, settled, until } from '../support/stack.ts';

const PATH = '/api/connectors/contoso';
/** Exceeds the buffers between two processes. */
const LARGE = { events: 600, ofBytes: 100_000 };
let org: OrgServer;
let large: OrgServer;
let lab: Lab;
let host: LabHost;
let events: { raw: string; json: any }[];

beforeAll(async () => {
  org = await startLabOrg({ events: 600 });
  for (const raw of [...SPECIAL, ...DEAD])
    org.org.append(raw, Date.parse(JSON.parse(raw).published ?? at(1)));
  large = await startLabOrg({ events: 0, seed: 2, longestPage: 50 });
  for (let n = 0; n < LARGE.events; n++) happen(large, `, "large":"${'x'.repeat(LARGE.ofBytes)}"`);
  lab = await startLab([org, large]);
  host = await lab.startHost();
  await register(host, 'contoso', org);
  await register(host, 'large', large);
  await settled(host, 'contoso');
  events = [...org.org.truth()]
    .map(({ raw }) => ({ raw, json: JSON.parse(raw) }))
    .filter(({ raw }) => !DEAD.includes(raw));
});
afterAll(() => lab.close());

const get = (path: string) => host.call('GET', `${PATH}/${path}`);
const query = (filters: Record<string, string>) => new URLSearchParams(filters);
const ALL = { from: at(100), to: new Date(NOW + DAY_MS).toISOString() };
async function exported(filters: Record<string, string>) {
  const reply = await host.send('GET', `${PATH}/events/export?${query({ ...ALL, ...filters })}`);
  expect(reply.status).toBe(200);
  return { headers: reply.headers, text: (reply.body ?? '') as string };
}

describe('the list of events', () => {
  it('returns the exact text of each event that Okta sent', async () => {
    expect((await heldBy(host, 'contoso')).toSorted()).toEqual(
      events.map(({ raw }) => raw).toSorted(),
    );
  });

  const same = (one: unknown, other: string) =>
    typeof one === 'string' && one.toLowerCase() === other.toLowerCase();
  const FILTERS: [Record<string, string>, (event: any, raw: string) => boolean][] = [
    [{ eventType: 'USER.session.START' }, ({ eventType }) => same(eventType, 'user.session.start')],
    [{ eventType: '7' }, ({ eventType }) => eventType === 7],
    [{ outcome: 'failure' }, ({ outcome }) => same(outcome?.result, 'failure')],
    [{ actor: HOSTILE[0] ?? '' }, ({ actor }) => same(actor?.alternateId, HOSTILE[0] ?? '')],
    [{ actor: '00U3' }, ({ actor }) => same(actor?.id, '00u3')],
    [{ actor: 'null' }, ({ actor }) => same(actor?.alternateId, 'null')],
    [{ ip: '203.0.113.7' }, ({ client }) => same(client?.ipAddress, '203.0.113.7')],
    [{ q: 'LINE\\NBREAK' }, (_event, raw) => raw.toLowerCase().includes('line\\nbreak')],
    [
      { outcome: 'FAILURE', eventType: 'user.session.start', q: 'hostile-1"' },
      ({ uuid }) => uuid === 'hostile-1',
    ],
    [
      { from: at(10), to: at(3) },
      ({ published }) =>
        Date.parse(published) >= Date.parse(at(10)) && Date.parse(published) < Date.parse(at(3)),
    ],
    [
      { from: published, to: new Date(Date.parse(published) + 1).toISOString() },
      (event) => event.published === published,
    ],
    [{ eventType: 'user.session' }, () => false],
  ];

  it.each(FILTERS)(
    'filtered by %j contains exactly the matching events',
    async (filters, matches) => {
      const { body } = await get(`events?top=1000&${query(filters)}`);
      const wanted = events
        .filter(({ json, raw }) => matches(json, raw))
        .map(({ json }) => json.uuid);
      expect(body.value.map(({ uuid }: any) => uuid).toSorted()).toEqual(wanted.toSorted());
      const { text } = await exported(filters);
      expect(text.split('\n').length - 1).toBe(wanted.length);
    },
  );
});

describe('one event', () => {
  const pathOf = ({ uuid, published }: any) =>
    `events/${encodeURIComponent(uuid)}?${query({ published })}`;

  it('is found by its identity, with the same text as in the list and from Okta', async () => {
    const { body: listed } = await get('events?top=1000');
    for (const one of listed.value) {
      const path = pathOf(one);
      expect((await get(path)).body).toEqual(one);
      const reply = await fetch(`${host.url}${PATH}/${path.replace('?', '/raw?')}`);
      expect(reply.headers.get('content-type')).toBe('application/json');
      const held = events.find(({ json }) => json.uuid === one.uuid);
      expect(await reply.text()).toBe(held?.raw);
    }
  });

  it('that is not stored returns EventNotFound', async () => {
    const [{ uuid, published: found }] = (await get('events?top=1')).body.value;
    const other = new Date(Date.parse(found) - 1).toISOString();
    for (const path of [
      pathOf({ uuid, published: other }),
      pathOf({ uuid: 'x', published: found }),
    ]) {
      expectError(await get(path), 404, 'EventNotFound');
      expectError(await get(path.replace('?', '/raw?')), 404, 'EventNotFound');
    }
    expectError(await get(`events/${uuid}`), 400, 'InvalidRequest');
  });
});

describe('an export', () => {
  it('as ndjson contains one raw event per line, newest first', async () => {
    const { headers, text } = await exported({ format: 'ndjson' });
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename="contoso_[\w.-]+\.ndjson"$/,
    );
    expect(text.endsWith('\n')).toBe(true);
    const lines = text.slice(0, -1).split('\n');
    const oneLine = (raw: string) => raw.replace(/\r\n|\r|\n/g, ' ');
    expect(lines.toSorted()).toEqual(events.map(({ raw }) => oneLine(raw)).toSorted());
    const times = lines.map((line) => Date.parse(JSON.parse(line).published));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  it('as csv can be read back cell by cell by any reader', async () => {
    const { headers, text } = await exported({ format: 'csv' });
    expect(headers.get('content-type')).toMatch(/^text\/csv/);
    const [names = [], ...rows] = parseCsv(text);
    expect(names.join()).toBe(
      'uuid,published,storedAt,source,eventType,displayMessage,severity,outcomeResult,outcomeReason,actorId,actorType,actorAlternateId,actorDisplayName,clientIpAddress,clientCountry,clientCity,clientUserAgent,targets',
    );
    const cells = new Map(
      rows.map((row) => [row[0], Object.fromEntries(row.map((cell, n) => [names[n], cell]))]),
    );
    expect(rows.length).toBe(events.length);
    // A cell that a spreadsheet would read as a formula begins with a quotation mark.
    const shown = (value: unknown) => {
      const text = value === null || value === undefined ? '' : String(value);
      return ['=', '+', '-', '@', '\t', '\r'].includes(text[0] ?? '') ? `'${text}` : text;
    };
    for (const { json } of events) {
      const targets = Array.isArray(json.target)
        ? json.target.map((one: any) => `${one.type ?? ''}:${one.displayName ?? ''}`).join('; ')
        : '';
      expect(cells.get(shown(json.uuid))).toMatchObject({
        published: new Date(json.published).toISOString(),
        eventType: shown(json.eventType),
        outcomeReason: shown(json.outcome?.reason),
        actorAlternateId: shown(json.actor?.alternateId),
        actorDisplayName: shown(json.actor?.displayName),
        clientIpAddress: shown(json.client?.ipAddress),
        clientUserAgent: shown(json.client?.userAgent?.rawUserAgent),
        targets: shown(targets),
      });
    }
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  });

  it('without events is an empty file, or only the names of the columns', async () => {
    const nothing = { from: at(100), to: at(99) };
    expect((await exported({ ...nothing, format: 'ndjson' })).text).toBe('');
    expect(parseCsv((await exported({ ...nothing, format: 'csv' })).text)).toHaveLength(1);
  });

  it('is recorded with its range and number of rows', async () => {
    await exported({ format: 'csv', q: 'hostile-' });
    const { body } = await host.call('GET', '/api/audit?connectorId=contoso&top=1');
    expect(body.value[0]).toMatchObject({
      caller: 'functionKey',
      action: 'events.export',
      connectorId: 'contoso',
      result: 'ok',
      detail: `csv ${ALL.from} to ${ALL.to}: ${HOSTILE.length} rows`,
    });
  });

  it('that its caller aborts ends, and is recorded with the rows read so far', async () => {
    await settled(host, 'large');
    const url = `${host.url}/api/connectors/large/events/export?${query(ALL)}`;
    const [answer] = await once(http.get(url), 'response');
    answer.destroy();
    const record = await until('the export to be over', async () => {
      const { body } = await host.call('GET', '/api/audit?connectorId=large&top=1');
      return body.value[0].result === 'started' ? undefined : body.value[0];
    });
    expect(record).toMatchObject({ action: 'events.export', result: 'failed' });
    const rows = Number(/: (\d+) rows$/.exec(record.detail)?.[1]);
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(LARGE.events);
  });
});

describe('the numbers', () => {
  it('of the status equal those of the org', async () => {
    const status = await until('the counts to be fresh', async () => {
      const { body } = await get('status');
      return body.counts.stored >= events.length ? body : undefined;
    });
    const perDay = Map.groupBy(events, ({ json }) =>
      new Date(json.published).toISOString().slice(0, 10),
    );
    const wanted = [...perDay].map(([date, some]) => ({ date, events: some.length }));
    expect(status.counts).toMatchObject({
      stored: events.length,
      deadLettered: DEAD.length,
      variants: 0,
      perDay: wanted.toSorted((a, b) => (a.date < b.date ? 1 : -1)),
    });
    expect(status.gaps).toEqual([]);
  });

  it('of the runs add up to what each chain has confirmed', async () => {
    const { body: status } = await get('status');
    const { body: runs } = await get('runs?top=1000');
    const sum = (kind: string, what: string) =>
      runs.value
        .filter((run: any) => run.kind === kind)
        .reduce((all: number, run: any) => all + run[what], 0);
    for (const what of ['events', 'pages'])
      expect(sum('backfill', what)).toBe(status.backfill[what]);
    expect(sum('live', 'events')).toBe(status.live.events);
    // Of the polls without events, the history shows one an hour.
    expect(sum('live', 'pages')).toBeGreaterThan(0);
    expect(sum('live', 'pages')).toBeLessThanOrEqual(status.live.pages);
  });

  it('of dead letters include a reason and text for each', async () => {
    const { body } = await get('deadletters');
    const found = body.value.map(({ reason, uuid, raw }: any) => ({ reason, uuid, raw }));
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        { reason: 'noUuid', uuid: undefined, raw: JSON.parse(DEAD[0] ?? '') },
        { reason: 'noPublished', uuid: 'timeless', raw: JSON.parse(DEAD[1] ?? '') },
      ]),
    );
  });

  it('of the coverage reach from the start of the backfill to the last poll', async () => {
    const { body: status } = await get('status');
    const { body } = await get('coverage');
    expect(body.gaps).toEqual([]);
    expect(body.complete).toHaveLength(1);
    expect(body.complete[0].from).toBe(status.backfill.from);
    expect(Date.parse(body.complete[0].to)).toBeGreaterThanOrEqual(Date.parse(status.backfill.to));
    const part = { from: at(9), to: at(8) };
    expect((await get(`coverage?${query(part)}`)).body).toEqual({
      ...part,
      complete: [part],
      gaps: [],
      wanted: [part],
      open: [],
    });
  });
});
