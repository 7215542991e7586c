/**
 * The fault matrix of Okta. Each row is a connector with a separate org, whose log has one fault for
 * live polling and backfill from their first page on, and then recovers. Related tests:
 * okta-repairs.test.ts (faults that an operator must repair), unit/ingest/throttled.test.ts (waits
 * after a 429), clock-skew.test.ts (clocks), storage-faults.test.ts (storage) and vault-faults.test.ts
 * (vault).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import {
  type Lab,
  type LabHost,
  type LabOrgOptions,
  startLab,
  startLabOrg,
} from '../support/lab.ts';
import { type Expected, lacks, promiseKept } from '../support/promise.ts';
import {
  connect,
  failWith,
  happen,
  heal,
  holdBack,
  isPage,
  untilStatus,
} from '../support/row-org.ts';
import { until } from '../support/stack.ts';

interface Row extends Expected {
  fault: string;
  /** The number of events of the org. By default few, on short pages. */
  events?: number;
  /** The code that the status shows during the fault. Absent when the connector handles the fault. */
  code?: string;
  /** The kinds of runs with the fault. By default live and backfill. */
  kinds?: string[];
}

const FAULTY: Row[] = [
  { fault: '500', code: 'OktaServerError' },
  { fault: '503', code: 'OktaServerError' },
  { fault: '429', code: 'OktaThrottled' },
  { fault: '429-without-headers', code: 'OktaThrottled' },
  { fault: '429-past-reset', code: 'OktaThrottled' },
  // The governor waits for two minutes, in which the backfill sends no request.
  { fault: '429-far-reset', code: 'OktaThrottled', kinds: ['live'] },
  { fault: '429-joined', code: 'OktaThrottled' },
  { fault: '429-malformed', code: 'OktaThrottled' },
  { fault: '429-concurrency', code: 'OktaThrottled' },
  { fault: '429-cut-body', code: 'OktaThrottled' },
  { fault: '503-cut-body', code: 'OktaServerError' },
  { fault: 'hang', code: 'OktaTimeout' },
  { fault: 'reset', code: 'OktaUnreachable' },
  { fault: 'cut-body', code: 'OktaBadResponse' },
  { fault: 'cut-gzip', code: 'OktaBadResponse' },
  { fault: 'empty-gzip', code: 'OktaBadResponse' },
  { fault: 'damaged-gzip', code: 'OktaBadResponse' },
  { fault: 'not-gzip', code: 'OktaBadResponse' },
  { fault: 'cut-json', code: 'OktaBadResponse' },
  { fault: 'html', code: 'OktaBadResponse' },
  { fault: 'wrong-type', code: 'OktaBadResponse' },
  { fault: 'empty', code: 'OktaBadResponse' },
  { fault: 'not-an-array', code: 'OktaBadResponse' },
  { fault: 'not-objects', code: 'OktaBadResponse' },
  { fault: 'not-utf8', code: 'OktaBadResponse' },
  { fault: 'too-deep', code: 'OktaBadResponse' },
  { fault: 'too-large', code: 'OktaBadResponse' },
  { fault: 'next-elsewhere', code: 'OktaBadResponse' },
  { fault: 'next-broken', code: 'OktaBadResponse' },
  { fault: 'redirect', code: 'OktaBadResponse' },
];

const COPED_WITH: Row[] = [{ fault: 'slow' }, { fault: '50-mb' }];

const COPED_WITH_TO_THE_END: Row[] = [
  { fault: 'no-link', readsAgain: true },
  { fault: 'next-is-self', readsAgain: true },
  // Only a full page without a next link is known not to be the last: the log must have full pages.
  { fault: 'no-next', events: 5000, readsAgain: true },
];

const DAYS = 10;
let lab: Lab;
let host: LabHost;
const orgs = new Map<string, OrgServer>();
const idOf = (fault: string) => `f-${fault}`;
const orgOf = (id: string) => orgs.get(id) as OrgServer;

beforeAll(async () => {
  const few = { events: 30, days: DAYS, longestPage: 5 };
  const start = async (id: string, options: LabOrgOptions) =>
    orgs.set(id, await startLabOrg({ ...options, seed: 100 + orgs.size }));
  for (const { fault, events } of [...FAULTY, ...COPED_WITH, ...COPED_WITH_TO_THE_END])
    await start(idOf(fault), events ? { events, days: DAYS } : few);
  for (const id of ['refused-cursor', 'odd-events', 'late-events']) await start(id, few);
  lab = await startLab([...orgs.values()]);
  host = await lab.startHost({ BACKFILL_PARALLEL_SLICES: '1' });
});
afterAll(() => lab?.close());

const api = (method: string, id: string, path = '', body?: object) =>
  host.call(method, `/api/connectors/${id}${path}`, body);

/** Waits until a run of each kind has ended with this code. */
async function untilRunsSay(id: string, code: string, kinds: string[]): Promise<void> {
  for (const kind of kinds) {
    await until(
      `a ${kind} run of ${id} to end with ${code}`,
      async () => {
        const { body } = await api('GET', id, '/runs');
        const found = body.value.some((run: any) => run.kind === kind && run.error?.code === code);
        return found ? true : undefined;
      },
      500,
    );
  }
}

/** Delayed replies are released at the end, so that the test does not wait for their time-outs. */
function begin(org: OrgServer, fault: string): () => void {
  if (fault === 'hang') return holdBack(org, isPage).release;
  failWith(org, fault);
  return () => heal(org);
}

describe.concurrent('while every page is replaced by', { timeout: 400_000 }, () => {
  it.each(FAULTY)('$fault, the status shows $code; afterwards everything is read', async (row) => {
    const { fault, code, kinds = ['live', 'backfill'] } = row;
    const id = idOf(fault);
    const mend = begin(orgOf(id), fault);
    await connect(host, id, orgOf(id), { backfillDays: DAYS });
    await untilRunsSay(id, code as string, kinds);
    const status = await untilStatus(host, id, `to say ${code}`, ({ lastError }) => !!lastError);
    expect(status.lastError).toMatchObject({ code, remedy: expect.stringMatching(/\w/) });
    expect(status.lastError.retryable).toBe(true);
    expect(status.status).toBe('Connecting');
    // The runs record every event that was read during the fault, and no event was skipped.
    happen(orgOf(id));
    mend();
    await api('POST', id, '/poll');
    await promiseKept(host, id, orgOf(id), { readsAgain: fault === 'next-elsewhere' });
    expect((await api('GET', id, '/status')).body).toMatchObject({
      status: 'Connected',
      lastError: null,
    });
  });

  it.each(COPED_WITH)('$fault, everything is read nevertheless', async (row) => {
    const id = idOf(row.fault);
    failWith(orgOf(id), row.fault);
    await connect(host, id, orgOf(id), { backfillDays: DAYS });
    await untilStatus(host, id, 'to be connected', ({ status }) => status === 'Connected');
    happen(orgOf(id));
    await api('POST', id, '/poll');
    await untilStatus(
      host,
      id,
      'to have its backfill',
      ({ backfill }) => backfill.percentComplete > 0,
    );
    heal(orgOf(id));
    await api('POST', id, '/poll');
    await promiseKept(host, id, orgOf(id), row);
  });

  it.each(COPED_WITH_TO_THE_END)('$fault, the whole backfill is read', async (row) => {
    const id = idOf(row.fault);
    failWith(orgOf(id), row.fault);
    await connect(host, id, orgOf(id), { backfillDays: DAYS });
    await untilStatus(host, id, 'to be done', ({ backfill }) => backfill.state === 'Succeeded');
    happen(orgOf(id));
    await api('POST', id, '/poll');
    await promiseKept(host, id, orgOf(id), row);
  });

  it('a refusal of every issued cursor, the chains restart without loss', async () => {
    const id = 'refused-cursor';
    const org = orgOf(id);
    await connect(host, id, orgOf(id), { backfillDays: DAYS });
    await untilStatus(
      host,
      id,
      'to have read',
      ({ live, backfill }) => live.pages + backfill.pages > 1,
    );
    for (let n = 0; n < 60; n++) happen(org);
    org.org.refuseCursors();
    await api('POST', id, '/poll');
    const status = await untilStatus(
      host,
      id,
      'to begin again',
      ({ live }) => live.cursorResets > 0,
    );
    expect(status.status).toBe('Connected');
    await until('all of it to be polled', async () => {
      await api('POST', id, '/poll');
      return (await lacks(host, id, org)).length === 0 ? true : undefined;
    });
    await promiseKept(host, id, org, { readsAgain: true });
  });
});

describe.concurrent('events from Okta are stored unchanged:', () => {
  it('duplicate keys, a deeply nested event, and an event without an identity', async () => {
    const id = 'odd-events';
    const org = orgOf(id);
    happen(org, ', "uuid":"the-second-counts", "n":2, "n":3');
    happen(org, `, "deep":${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    happen(org, `, "large":"${'x'.repeat(2 * 1024 * 1024)}"`);
    org.org.append('{"published":"yesterday"}', undefined);
    await connect(host, id, orgOf(id), { backfillDays: DAYS });
    await promiseKept(host, id, org, { rejected: 1 });
  });

  it('events that are committed hours after they happened', async () => {
    const id = 'late-events';
    const org = orgOf(id);
    await connect(host, id, orgOf(id), { backfillDays: DAYS });
    await untilStatus(host, id, 'to be through', ({ backfill }) => backfill.state === 'Succeeded');
    for (const hours of [1, 5, 30, 24 * 20]) {
      const published = new Date(org.org.nowMs() - hours * 3_600_000).toISOString();
      org.org.append(`{"uuid":"late-${hours}","published":"${published}"}`, Date.parse(published));
    }
    await api('POST', id, '/poll');
    await promiseKept(host, id, org);
  });
});
