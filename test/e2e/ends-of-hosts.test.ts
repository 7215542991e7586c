/** A backfill when the host is stopped, or when the worker alone dies. */
import { TableClient } from '@azure/data-tables';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import { register, until } from '../support/stack.ts';

let org: OrgServer;
let lab: Lab;
let host: LabHost;

beforeEach(async () => {
  // Many small pages at a limited rate, so that the host can be stopped in between.
  org = await startLabOrg({ events: 3000, limitPerMinute: 240, longestPage: 25 });
  lab = await startLab([org]);
  host = await lab.startHost();
  await register(host, 'contoso', org, { backfillDays: 60 });
  await until('slices to be read', async () => {
    const { body } = await host.call('GET', '/api/connectors/contoso/status');
    return body.backfill?.slicesActive > 0 && body.backfill.pages > 0 ? true : undefined;
  });
});
afterEach(async () => {
  await lab.close();
});

async function leases(): Promise<number[]> {
  const table = TableClient.fromConnectionString(lab.connectionString, 'checkpoints', {
    allowInsecureConnection: true,
  });
  const until: number[] = [];
  for await (const row of table.listEntities<{ leaseUntilMs?: bigint }>())
    if (row.leaseUntilMs !== undefined) until.push(Number(row.leaseUntilMs));
  return until;
}

it('a host that is stopped releases the leases of its runs, and the next host continues them', async () => {
  expect(await leases()).not.toEqual([]);
  await host.stop();
  expect(await leases()).toEqual([]);
  const next = await lab.startHost();
  await promiseKept(next, 'contoso', org);
});

it('the orchestrations survive the death of the worker alone', async () => {
  await host.killWorker();
  await promiseKept(host, 'contoso', org);
  expect(host.output()).toContain('the worker died');
});
