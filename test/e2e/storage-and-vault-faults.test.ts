/**
 * The fault matrix, what lies behind the app (design §5): storage that refuses, loses requests and
 * loses replies, a vault that refuses. Each row is a connector of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { everythingStored } from '../support/everything-stored.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import type { Verdict } from '../support/proxy.ts';
import { connect, happen, holdBack, untilStatus } from '../support/row-org.ts';
import { goBy, type Rule } from '../support/rules.ts';
import { TOKEN, until } from '../support/stack.ts';

/** Longer than any sleep of a backfill's worker: then it counts as stuck and is replaced. */
const STUCK_MS = 21 * 60_000;
const NEW_TOKEN = '00theNextTokenOfTheTests000000000000000000';

interface Row {
  /** Also the connector's id. */
  id: string;
  fault: string;
  effect: RegExp;
  verdict: Verdict;
  code?: string;
}

/** For as long as the row wants; the status says so. */
const REFUSED: Row[] = [
  { id: 'events-500', fault: '500', effect: /^events/, verdict: 500 },
  { id: 'events-503', fault: '503', effect: /^events/, verdict: 503 },
  { id: 'events-409', fault: '409', effect: /^events/, verdict: 409 },
  { id: 'events-412', fault: '412', effect: /^events/, verdict: 412 },
  { id: 'events-lost', fault: 'no answer', effect: /^events/, verdict: 'lose' },
];

/** Each for a while; the connector copes. */
const COPED_WITH: (Row & { when: Rule['when']; times: number; alternating?: boolean })[] = [
  ...(['live', 'slice', 'ledger'] as const).flatMap((key) => [
    {
      id: `${key}-412`,
      fault: `412 for each second move of the ${key}`,
      effect: new RegExp(`^checkpoints replace ${key}`),
      verdict: 412,
      when: 'before' as const,
      times: 6,
      alternating: true,
    },
    {
      id: `${key}-500`,
      fault: `500 for each second move of the ${key}`,
      effect: new RegExp(`^checkpoints replace ${key}`),
      verdict: 500,
      when: 'before' as const,
      times: 6,
      alternating: true,
    },
    {
      id: `${key}-reply`,
      fault: `the reply lost after each second move of the ${key}`,
      effect: new RegExp(`^checkpoints replace ${key}`),
      verdict: 'lose' as const,
      when: 'after' as const,
      times: 6,
      alternating: true,
    },
  ]),
  {
    id: 'events-reply',
    fault: 'the reply lost after each second write of events',
    effect: /^events/,
    verdict: 'lose',
    when: 'after',
    times: 20,
    alternating: true,
  },
  {
    id: 'events-reply-500',
    fault: '500 after each second write of events, which has taken effect',
    effect: /^events/,
    verdict: 500,
    when: 'after',
    times: 20,
    alternating: true,
  },
  {
    id: 'day-412',
    fault: '412 for each second announcement of a day, which had no condition',
    effect: /^events replace day/,
    verdict: 412,
    when: 'before',
    times: 6,
    alternating: true,
  },
  {
    id: 'status-500',
    fault: '500 for each second write of the status',
    effect: /^status/,
    verdict: 500,
    when: 'before',
    times: 6,
    alternating: true,
  },
  {
    id: 'runs-reply',
    fault: 'the reply lost after each record of a run',
    effect: /^runs/,
    verdict: 'lose',
    when: 'after',
    times: 6,
  },
  {
    id: 'queue-500',
    fault: '500 for each second message',
    effect: /^queue/,
    verdict: 500,
    when: 'before',
    times: 6,
    alternating: true,
  },
  {
    id: 'queue-reply',
    fault: 'the reply lost after each second message, which is there twice then',
    effect: /^queue/,
    verdict: 'lose',
    when: 'after',
    times: 6,
    alternating: true,
  },
];

const VAULT: Row[] = [403, 404, 429, 500, 'lose' as const].map((verdict) => ({
  id: `vault-${verdict}`,
  fault: String(verdict),
  effect: /^vault GET/,
  verdict,
}));

let lab: Lab;
let host: LabHost;
const hosts: LabHost[] = [];
const orgs = new Map<string, OrgServer>();
const rules: Rule[] = [];
const orgOf = (id: string) => orgs.get(id) as OrgServer;
const begin = ({ id, effect, verdict }: Row, more: Partial<Rule> = {}) =>
  rules.push({ id, effect, verdict, when: 'before', times: Number.POSITIVE_INFINITY, ...more });
const heal = (id: string) => {
  for (const rule of rules) if (rule.id === id) rule.times = 0;
};

beforeAll(async () => {
  const ids = [...REFUSED, ...COPED_WITH, ...VAULT].map(({ id }) => id);
  for (const id of [...ids, 'unregistered'])
    orgs.set(id, await startLabOrg({ events: 60, longestPage: 25, seed: 200 + orgs.size }));
  lab = await startLab([...orgs.values()]);
  goBy(rules, lab.tables, lab.queues, lab.vault);
  // A host that has read a token does not ask for it again soon: these are met by another one.
  const first = await lab.startHost({ BACKFILL_PARALLEL_SLICES: '1' });
  const bounded = VAULT.map(({ id }) => holdBack(orgOf(id), ({ url }) => url.includes('until=')));
  for (const { id } of VAULT) await connect(first, id, orgOf(id));
  for (const { arrived } of bounded) await arrived;
  await first.kill();
  for (const { release } of bounded) release();
  for (const row of VAULT) begin(row);
  host = await lab.startHost({ BACKFILL_PARALLEL_SLICES: '1' });
  hosts.push(first, host);
});
afterAll(() => lab?.close());

const api = (method: string, id: string, path = '', body?: object) =>
  host.call(method, `/api/connectors/${id}${path}`, body);

const untilWell = async (id: string) =>
  await untilStatus(host, id, 'to be well', ({ status, lastError }) => {
    return status === 'Connected' && !lastError;
  });

describe.concurrent('while storage answers every write of events with', () => {
  it.each(REFUSED)('$fault, nothing advances and the status says so', async (row) => {
    const { id } = row;
    begin(row);
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
    heal(id);
    await api('POST', id, '/poll');
    await untilWell(id);
  });
});

describe.concurrent('storage goes wrong with', () => {
  it.each(COPED_WITH)('$fault, in the middle of it', async (row) => {
    const { id, when, times, alternating = false } = row;
    begin(row, { when, times, alternating });
    await connect(host, id, orgOf(id));
    await until(`${row.fault} to have happened`, async () =>
      rules.some((rule) => rule.id === id && rule.times < times) ? true : undefined,
    );
    happen(orgOf(id));
    await api('POST', id, '/poll');
  });
});

describe.concurrent('while the vault answers with', () => {
  it.each(VAULT)('$fault, the status says so', async ({ id }) => {
    await api('POST', id, '/poll');
    const { lastError } = await untilStatus(host, id, 'to say that the vault is away', (status) => {
      return status.lastError?.code === 'VaultUnavailable';
    });
    expect(lastError).toMatchObject({ retryable: true, remedy: expect.stringMatching(/\w/) });
    happen(orgOf(id));
    heal(id);
    await api('POST', id, '/poll');
    await untilWell(id);
  });

  it('503 to a new token, the registration is refused, and nothing stands in its way later', async () => {
    const id = 'unregistered';
    begin({ id, fault: '503', effect: /^vault PUT/, verdict: 503 });
    await expect(connect(host, id, orgOf(id))).rejects.toThrow('503 VaultUnavailable');
    heal(id);
    await connect(host, id, orgOf(id));
    await promiseKept(host, id, orgOf(id));
  });
});

describe('when time has passed, the promise is kept after', () => {
  beforeAll(async () => {
    for (const rule of rules) rule.times = 0;
    // Runs that could not give their leases up are forgotten, workers that sleep are replaced.
    lab.advanceStorageClock(STUCK_MS);
    await host.runTimer('housekeeping');
  });

  it.concurrent.each([...REFUSED, ...COPED_WITH, ...VAULT])('$id', async ({ id }) => {
    await api('POST', id, '/poll');
    await promiseKept(host, id, orgOf(id));
    await untilWell(id);
  });
});

describe('while all of storage is away', () => {
  it('callers are told to try again, and afterwards everything goes on', async () => {
    const [{ id }] = REFUSED as [Row];
    const before = lab.tables.watcher;
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
    lab.tables.watcher = before;
    await api('POST', id, '/poll');
    await promiseKept(host, id, orgOf(id));
  });
});

describe('after all this', () => {
  it('no token is anywhere but in the vault, neither the old one nor the new', async () => {
    const [{ id }] = VAULT as [Row];
    orgOf(id).org.options.tokens.splice(0, 1, NEW_TOKEN);
    const credential = { kind: 'apiToken', token: NEW_TOKEN };
    expect((await api('PATCH', id, '', { credential })).status).toBe(200);
    happen(orgOf(id));
    await api('POST', id, '/poll');
    await promiseKept(host, id, orgOf(id));

    const places = new Map<string, number>();
    const telling: string[] = [];
    const look = (where: string, text: string) => {
      places.set(where, (places.get(where) ?? 0) + (text.includes(id) ? 1 : 0));
      for (const token of [TOKEN, NEW_TOKEN])
        for (const shape of [token, Buffer.from(token).toString('base64').slice(4, -4)])
          if (text.includes(shape)) telling.push(where);
    };
    for await (const { where, text } of everythingStored(lab.connectionString)) look(where, text);
    for (const one of hosts) {
      look('output', one.output());
      look('replies', one.replies());
    }
    expect(telling).toEqual([]);
    // The search does find what is there.
    const found = [...places].filter(([, count]) => count > 0).map(([where]) => where);
    expect(found).toEqual(
      expect.arrayContaining([
        ...['connectors', 'checkpoints', 'status', 'events', 'runs', 'audit'].map(
          (table) => `table ${table}`,
        ),
        ...['output', 'replies'],
      ]),
    );
    expect(found.some((where) => /hub/i.test(where))).toBe(true);
  });
});
