/** Isolation: while some connectors fail, the others get their events. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { type Lab, type LabHost, startLab, startLabOrg, timePasses } from '../support/lab.ts';
import { lacks, promiseKept } from '../support/promise.ts';
import { connect, failWith, happen, heal, holdBack, isPage } from '../support/row-org.ts';
import { until } from '../support/stack.ts';

const WELL = ['well-1', 'well-2'];
const BAD = ['throttled', 'failing', 'refused', 'silent', 'flooded'];
const FURTHER_POLLS = 2;
/** Short pages make a flood of few events: each costs the connector a request. */
const FLOOD_EVENTS = 120;

let lab: Lab;
let host: LabHost;
let silence: ReturnType<typeof holdBack>;
const orgs = new Map<string, OrgServer>();
const orgOf = (id: string) => orgs.get(id) as OrgServer;

const poll = (id: string) => host.call('POST', `/api/connectors/${id}/poll`);
const statusOf = async (id: string) =>
  (await host.call('GET', `/api/connectors/${id}/status`)).body;
const flood = (events = FLOOD_EVENTS) => {
  for (let n = 0; n < events; n++) happen(orgOf('flooded'));
};

beforeAll(async () => {
  for (const id of [...WELL, ...BAD])
    orgs.set(id, await startLabOrg({ events: 40, seed: 500 + orgs.size, longestPage: 10 }));
  lab = await startLab([...orgs.values()]);
  host = await lab.startHost();
  failWith(orgOf('throttled'), '429');
  failWith(orgOf('failing'), '500');
  failWith(orgOf('refused'), '403');
  silence = holdBack(orgOf('silent'), isPage);
  flood();
  for (const id of BAD) await connect(host, id, orgOf(id));
  await silence.arrived;
});
afterAll(() => lab?.close());

describe('while one org throttles, one fails, one refuses, one never answers and one floods', () => {
  it.each(WELL)('%s is filled, and receives new events with each further poll', async (id) => {
    const org = orgOf(id);
    await connect(host, id, org);
    await until(`${id} to be filled`, async () => {
      flood();
      return (await lacks(host, id, org)).length === 0 ? true : undefined;
    });
    for (let n = 0; n < FURTHER_POLLS; n++) {
      flood();
      happen(org);
      await poll(id);
      const isThere = async () => {
        flood(FLOOD_EVENTS / 10);
        return (await lacks(host, id, org)).length === 0 ? true : undefined;
      };
      await until(`a further event of ${id}`, isThere, 1000);
      flood();
      // The failing connectors still fail: the others did not wait for them.
      expect(await lacks(host, 'flooded', orgOf('flooded'))).not.toEqual([]);
      for (const bad of ['throttled', 'failing', 'refused', 'silent'])
        expect((await statusOf(bad)).live).toMatchObject({ lastSuccessAt: null, events: 0 });
    }
  });

  it('each faulty org shows its fault', async () => {
    const codes = { throttled: 'OktaThrottled', failing: 'OktaServerError' };
    for (const [id, code] of Object.entries({ ...codes, refused: 'OktaPermissionDenied' }))
      expect((await statusOf(id)).lastError).toMatchObject({ code });
  });
});

describe('after their recovery', () => {
  beforeAll(async () => {
    silence.release();
    for (const id of BAD) heal(orgOf(id));
    for (const id of BAD) {
      await poll(id);
      await until(`${id} to be well`, async () =>
        (await statusOf(id)).status === 'Connected' ? true : undefined,
      );
    }
    await timePasses(lab, host);
  });

  it.concurrent.each([...BAD, ...WELL])('%s keeps its promise', async (id) => {
    await promiseKept(host, id, orgOf(id));
  });
});
