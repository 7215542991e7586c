/**
 * Faults that an operator must repair: Okta refuses the token, its role or the name. Polling stops and
 * the status shows the remedy. Each row is repaired in a different way.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { type Lab, type LabHost, startLab, startLabOrg, timePasses } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import { connect, failWith, happen, heal, untilStatus, untilWell } from '../support/row-org.ts';
import { TOKEN } from '../support/stack.ts';

const NEW_TOKEN = '00theNextTokenOfTheTests000000000000000000';

interface Row {
  id: string;
  refusal: string;
  code: string;
  /** Registers the connector, then lets Okta refuse its requests. */
  spoil(id: string): Promise<void>;
  by: string;
  mend(id: string): Promise<number>;
}

const ROWS: Row[] = [
  {
    id: 'token-replaced',
    refusal: '401 to a token that was revoked',
    code: 'OktaTokenInvalid',
    spoil: async (id) => {
      await connect(host, id, orgOf(id));
      orgOf(id).org.options.tokens.splice(0, 1, NEW_TOKEN);
      await api('POST', id, '/poll');
    },
    by: 'a new token',
    mend: (id) => api('PATCH', id, '', { credential: { kind: 'apiToken', token: NEW_TOKEN } }),
  },
  {
    id: 'polled',
    refusal: '401',
    code: 'OktaTokenInvalid',
    spoil: (id) => connectRefused(id, '401'),
    by: 'a poll that is asked for',
    mend: (id) => api('POST', id, '/poll'),
  },
  {
    id: 'polled-after-nothing',
    refusal: '401-empty-gzip',
    code: 'OktaTokenInvalid',
    spoil: (id) => connectRefused(id, '401-empty-gzip'),
    by: 'a poll that is asked for',
    mend: (id) => api('POST', id, '/poll'),
  },
  {
    id: 'polled-after-a-part',
    refusal: '401-cut-body',
    code: 'OktaTokenInvalid',
    spoil: (id) => connectRefused(id, '401-cut-body'),
    by: 'a poll that is asked for',
    mend: (id) => api('POST', id, '/poll'),
  },
  {
    id: 'tested',
    refusal: '403',
    code: 'OktaPermissionDenied',
    spoil: (id) => connectRefused(id, '403'),
    by: 'a test',
    mend: (id) => api('POST', id, '/test'),
  },
  {
    id: 'enabled',
    refusal: '404',
    code: 'OktaDomainNotFound',
    spoil: (id) => connectRefused(id, '404'),
    by: 'enabling it',
    mend: (id) => api('POST', id, '/enable'),
  },
];

let lab: Lab;
let host: LabHost;
const orgs = new Map<string, OrgServer>();
const orgOf = (id: string) => orgs.get(id) as OrgServer;
const api = async (method: string, id: string, path = '', body?: object) =>
  (await host.call(method, `/api/connectors/${id}${path}`, body)).status;

/** Okta answers the probe of a registration, but refuses pages. */
async function connectRefused(id: string, status: string): Promise<void> {
  failWith(orgOf(id), status);
  await connect(host, id, orgOf(id));
}

beforeAll(async () => {
  for (const { id } of ROWS)
    orgs.set(id, await startLabOrg({ events: 60, longestPage: 5, seed: 150 + orgs.size }));
  lab = await startLab([...orgs.values()]);
  host = await lab.startHost({ BACKFILL_PARALLEL_SLICES: '1' });
});
afterAll(() => lab?.close());

describe.concurrent('an error that an operator must repair:', () => {
  it.each(ROWS)('$refusal stops polling and shows $code, until $by', async (row) => {
    const { id, code, spoil, mend } = row;
    await spoil(id);
    // When a backfill meets the refusal first, live has one more attempt before it stops.
    const { statusReason, lastError } = await untilStatus(
      host,
      id,
      'to need an operator, and to probe again every hour and not before',
      ({ status, live }) =>
        status === 'ActionRequired' &&
        live.state === 'stopped' &&
        Date.parse(live.nextRunAt) - Date.parse(live.lastAttemptAt) > 59 * 60_000,
    );
    expect(statusReason).toBe(code);
    expect(lastError).toMatchObject({
      code,
      retryable: false,
      remedy: expect.stringMatching(/\w/),
    });

    happen(orgOf(id));
    heal(orgOf(id));
    expect(await mend(id)).toBeLessThan(300);
    await untilWell(host, id);
  });
});

describe('after the backfills of the repaired connectors have resumed', () => {
  beforeAll(async () => {
    await timePasses(lab, host);
  });

  it.each(ROWS)('the promise is kept after $refusal and $by', async ({ id }) => {
    await promiseKept(host, id, orgOf(id));
  });

  it('no token was printed or returned', () => {
    for (const said of [host.output(), host.replies()]) {
      expect(said).not.toContain(TOKEN);
      expect(said).not.toContain(NEW_TOKEN);
    }
  });
});
