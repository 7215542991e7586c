/** Clocks that are hours fast or slow: the org's, the storage's, and both. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import { connect, happen } from '../support/row-org.ts';
import { HOUR } from '../support/samples.ts';
import { settled } from '../support/stack.ts';

const HOURS = [-5, 5];

describe.concurrent.each(HOURS)('with a storage clock %i hours off', (storageHours) => {
  const orgs = new Map<number, OrgServer>();
  let lab: Lab;
  let host: LabHost;

  beforeAll(async () => {
    for (const hours of HOURS)
      orgs.set(hours, await startLabOrg({ clockSkewMs: hours * HOUR, seed: 400 + hours }));
    lab = await startLab([...orgs.values()]);
    lab.advanceStorageClock(storageHours * HOUR);
    host = await lab.startHost();
  });
  afterAll(() => lab?.close());

  it.each(HOURS)('an org whose clock is %i hours off is read completely', async (hours) => {
    const org = orgs.get(hours) as OrgServer;
    const id = `org${hours > 0 ? 'ahead' : 'behind'}`;
    await connect(host, id, org);
    await settled(host, id);
    happen(org);
    await host.call('POST', `/api/connectors/${id}/poll`);
    await promiseKept(host, id, org);
    const { body } = await host.call('GET', `/api/connectors/${id}/status`);
    expect(body).toMatchObject({ status: 'Connected', lastError: null, gaps: [] });
    expect(org.org.answered.get(429)).toBeUndefined();
  });
});
