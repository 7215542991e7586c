/** Automatic polling: the timer finds due connectors, and queue messages start their runs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { lacks } from '../support/promise.ts';
import { connect, happen } from '../support/row-org.ts';
import { settled, until } from '../support/stack.ts';

const INTERVALS = { often: 60, seldom: 900 };
let lab: Lab;
let host: LabHost;
const orgs = new Map<string, OrgServer>();
const orgOf = (id: string) => orgs.get(id) as OrgServer;

beforeAll(async () => {
  for (const id of Object.keys(INTERVALS))
    orgs.set(id, await startLabOrg({ events: 20, seed: 1 + orgs.size }));
  lab = await startLab([...orgs.values()]);
  host = await lab.startHost();
  for (const [id, pollIntervalSeconds] of Object.entries(INTERVALS)) {
    await connect(host, id, orgOf(id), { pollIntervalSeconds });
    await settled(host, id);
  }
});
afterAll(() => lab?.close());

const untilArrived = (id: string) =>
  until(
    `what happened in ${id} to arrive`,
    async () => (await lacks(host, id, orgOf(id))).length === 0 || undefined,
  );

describe('a connector', () => {
  it('is polled after each interval, independently of other connectors', async () => {
    happen(orgOf('seldom'));
    for (let round = 0; round < 3; round++) {
      happen(orgOf('often'));
      lab.advanceStorageClock(INTERVALS.often * 1000);
      await untilArrived('often');
    }
    expect(await lacks(host, 'seldom', orgOf('seldom'))).toHaveLength(1);
    lab.advanceStorageClock(INTERVALS.seldom * 1000);
    await untilArrived('seldom');
  });

  it.each(Object.entries(INTERVALS))(
    '%s shows its next poll, on a full minute',
    async (id, seconds) => {
      const { body } = await host.call('GET', `/api/connectors/${id}/status`);
      const { lastAttemptAt, nextRunAt } = body.live;
      const aheadMs = Date.parse(nextRunAt) - Date.parse(lastAttemptAt);
      expect(Date.parse(nextRunAt) % 60_000).toBe(0);
      expect(aheadMs).toBeGreaterThan(0);
      expect(aheadMs).toBeLessThanOrEqual(seconds * 1000 + 30_000);
    },
  );
});
