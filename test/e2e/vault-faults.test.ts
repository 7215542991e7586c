/**
 * The fault matrix of the vault: in each row, the token of a connector cannot be read for a different
 * reason. At the end, all data outside of the vault is searched for tokens.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { type Lab, type LabHost, startLab, startLabOrg, timePasses } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import type { Verdict } from '../support/proxy.ts';
import { connect, happen, holdBack, untilStatus, untilWell } from '../support/row-org.ts';
import { Rules } from '../support/rules.ts';
import { expectNoSecret } from '../support/secret-search.ts';
import { TOKEN } from '../support/stack.ts';

const VERDICTS: Verdict[] = [403, 404, 429, 500, 'lose'];
const ROWS = VERDICTS.map((verdict) => ({ id: `vault-${verdict}`, verdict }));
const ROTATED = 'vault-403';
const NEW_TOKEN = '00theNextTokenOfTheTests000000000000000000';

let lab: Lab;
let host: LabHost;
const hosts: LabHost[] = [];
const orgs = new Map<string, OrgServer>();
const orgOf = (id: string) => orgs.get(id) as OrgServer;
const rules = new Rules();
const always = { when: 'before' as const, times: Number.POSITIVE_INFINITY };
const poll = (id: string) => host.call('POST', `/api/connectors/${id}/poll`);

beforeAll(async () => {
  for (const id of [...ROWS.map(({ id }) => id), 'unregistered'])
    orgs.set(id, await startLabOrg({ events: 60, longestPage: 25, seed: 250 + orgs.size }));
  lab = await startLab([...orgs.values()]);
  rules.govern(lab.vault);
  // A host caches a token after a read: a new host meets these faults.
  const first = await lab.startHost({ BACKFILL_PARALLEL_SLICES: '1' });
  const bounded = ROWS.map(({ id }) => holdBack(orgOf(id), ({ url }) => url.includes('until=')));
  for (const { id } of ROWS) await connect(first, id, orgOf(id));
  for (const { arrived } of bounded) await arrived;
  await first.kill();
  for (const { release } of bounded) release();
  for (const row of ROWS) rules.spoil({ ...row, ...always, effect: /^vault GET/ });
  host = await lab.startHost({ BACKFILL_PARALLEL_SLICES: '1' });
  hosts.push(first, host);
});
afterAll(() => lab?.close());

describe.concurrent('while the vault answers with', () => {
  it.each(ROWS)('$verdict, the status shows it', async ({ id }) => {
    await poll(id);
    const { lastError } = await untilStatus(host, id, 'to say that the vault is away', (status) => {
      return status.lastError?.code === 'VaultUnavailable';
    });
    expect(lastError).toMatchObject({ retryable: true, remedy: expect.stringMatching(/\w/) });
    happen(orgOf(id));
    rules.mend(id);
    await poll(id);
    await untilWell(host, id);
  });

  it('503 for a new token, the registration is refused, and can be repeated later', async () => {
    const id = 'unregistered';
    rules.spoil({ id, ...always, effect: /^vault PUT/, verdict: 503 });
    await expect(connect(host, id, orgOf(id))).rejects.toThrow('503 VaultUnavailable');
    rules.mend(id);
    await connect(host, id, orgOf(id));
    await promiseKept(host, id, orgOf(id));
  });
});

describe('after time has passed', () => {
  beforeAll(async () => {
    await timePasses(lab, host);
  });

  it.concurrent.each(ROWS)('the promise is kept after $verdict', async ({ id }) => {
    await poll(id);
    await promiseKept(host, id, orgOf(id));
    await untilWell(host, id);
  });
});

describe('after all these faults', () => {
  it('both tokens are only in the vault', async () => {
    orgOf(ROTATED).org.options.tokens.splice(0, 1, NEW_TOKEN);
    const credential = { kind: 'apiToken', token: NEW_TOKEN };
    const { status } = await host.call('PATCH', `/api/connectors/${ROTATED}`, { credential });
    expect(status).toBe(200);
    happen(orgOf(ROTATED));
    await poll(ROTATED);
    await promiseKept(host, ROTATED, orgOf(ROTATED));
    await expectNoSecret(lab, hosts, [TOKEN, NEW_TOKEN], ROTATED);
  });
});
