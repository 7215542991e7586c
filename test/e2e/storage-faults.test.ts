/**
 * The fault matrix of storage: tables and queues that refuse requests, lose requests and lose
 * replies. Each row has its own connector.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { type Lab, type LabHost, startLab, startLabOrg, timePasses } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import type { Verdict } from '../support/proxy.ts';
import { connect, happen, untilStatus, untilWell } from '../support/row-org.ts';
import { type Rule, Rules } from '../support/rules.ts';
import { until } from '../support/stack.ts';

/** A rule with its description; its id is also the connector's id. */
type Row = Rule & { fault: string; tellsNewFromKnown?: boolean };

/** Faults until the row removes them; the status shows the error. */
const REFUSED: Row[] = ([500, 503, 409, 412, 'lose'] as Verdict[]).map((verdict) => ({
  id: `events-${verdict}`,
  fault: verdict === 'lose' ? 'no answer' : `${verdict}`,
  effect: /^events/,
  verdict,
  when: 'before',
  times: Number.POSITIVE_INFINITY,
}));

/** Temporary faults, without an effect on the connector's status. */
const refused = (id: string, what: string, effect: RegExp, verdict: Verdict): Row => {
  const fault = `${verdict} for each second ${what}`;
  return { id, fault, effect, verdict, when: 'before', times: 6, alternating: true };
};
const replyLost = (id: string, what: string, effect: RegExp, more: Partial<Row> = {}): Row => {
  const fault = `the reply lost after each second ${what}`;
  const rule = { when: 'after' as const, times: 6, alternating: true };
  return { id, fault, effect, verdict: 'lose', ...rule, ...more };
};
const COPED_WITH: Row[] = [
  ...['live', 'slice', 'ledger'].flatMap((key) => {
    const moves = new RegExp(`^checkpoints replace ${key}`);
    return [
      refused(`${key}-412`, `move of the ${key}`, moves, 412),
      refused(`${key}-500`, `move of the ${key}`, moves, 500),
      replyLost(`${key}-reply`, `move of the ${key}`, moves),
    ];
  }),
  replyLost('events-reply', 'write of events', /^events/, { times: 20 }),
  replyLost('events-reply-500', 'write of events', /^events/, {
    fault: '500 after each second write of events, which has taken effect',
    times: 20,
    verdict: 500,
  }),
  // Too few for a write to fail finally: no run fails, and every number is exact.
  replyLost('batch-reply', 'batch, three times', /^events create row/, {
    times: 3,
    tellsNewFromKnown: true,
  }),
  refused('day-412', 'announcement of a day, which had no condition', /^events replace day/, 412),
  refused('status-500', 'write of the status', /^status/, 500),
  replyLost('runs-reply', 'record of a run', /^runs/),
  refused('queue-500', 'message', /^queue/, 500),
  replyLost('queue-reply', 'message, which is there twice then', /^queue/),
];

let lab: Lab;
let host: LabHost;
const orgs = new Map<string, OrgServer>();
const orgOf = (id: string) => orgs.get(id) as OrgServer;
const rules = new Rules();
const poll = (id: string) => host.call('POST', `/api/connectors/${id}/poll`);

beforeAll(async () => {
  for (const { id } of [...REFUSED, ...COPED_WITH])
    orgs.set(id, await startLabOrg({ events: 60, longestPage: 25, seed: 200 + orgs.size }));
  lab = await startLab([...orgs.values()]);
  rules.govern(lab.tables, lab.queues);
  host = await lab.startHost({ BACKFILL_PARALLEL_SLICES: '1' });
});
afterAll(() => lab?.close());

describe.concurrent('while storage answers every write of events with', () => {
  it.each(REFUSED)('$fault, nothing advances and the status shows it', async (row) => {
    const { id } = row;
    rules.spoil(row);
    await connect(host, id, orgOf(id));
    const { lastError, live, backfill, counts } = await untilStatus(
      host,
      id,
      'to say that storage is away',
      (status) => status.lastError?.code === 'StorageUnavailable',
    );
    expect(lastError).toMatchObject({ retryable: true, remedy: expect.stringMatching(/\w/) });
    expect([live.events, backfill.events, counts.stored]).toEqual([0, 0, 0]);
    happen(orgOf(id));
    rules.mend(id);
    await poll(id);
    await untilWell(host, id);
  });
});

describe.concurrent('storage fails with', () => {
  it.each(COPED_WITH)('$fault, in the middle of a write', async (row) => {
    const { id, fault } = row;
    rules.spoil(row);
    await connect(host, id, orgOf(id));
    await until(`${fault} to have happened`, async () => rules.hasStruck(id) || undefined);
    happen(orgOf(id));
    await poll(id);
    // Checked before time leaps: a run that then loses its lease has its page read again.
    if (row.tellsNewFromKnown) await promiseKept(host, id, orgOf(id), row);
  });
});

describe('after time has passed, the promise is kept for', () => {
  beforeAll(async () => {
    rules.mend();
    // Leases that could not be released expire, and sleeping workers are replaced.
    await timePasses(lab, host);
  });

  it.concurrent.each([...REFUSED, ...COPED_WITH])('$id', async ({ id, ...expected }) => {
    await poll(id);
    await promiseKept(host, id, orgOf(id), expected);
    await untilWell(host, id);
  });
});

describe('while the whole storage is unavailable', () => {
  it('callers are asked to retry, and afterwards all work continues', async () => {
    const [{ id }] = REFUSED as [Row];
    lab.tables.watcher = { before: () => 503 };
    for (const path of [`/api/connectors/${id}/status`, '/api/connectors']) {
      const { status, headers, body } = await host.call('GET', path);
      expect({ status, code: body.error.code }).toEqual({
        status: 503,
        code: 'StorageUnavailable',
      });
      expect(headers.get('retry-after')).toMatch(/^\d+$/);
    }
    happen(orgOf(id));
    lab.tables.watcher = {};
    await poll(id);
    await promiseKept(host, id, orgOf(id));
  });
});
