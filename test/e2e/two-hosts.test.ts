/** Two hosts on one storage, with every possible pair of concurrent runs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { effectOf } from '../support/effects.ts';
import { everythingStored } from '../support/everything-stored.ts';
import {
  type Lab,
  type LabHost,
  STUCK_MS,
  startLab,
  startLabOrg,
  timePasses,
} from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import { connect, happen, holdBack } from '../support/row-org.ts';
import { until } from '../support/stack.ts';

const IDS = ['shared', 'paused', 'twice', 'deleted'];

let lab: Lab;
let first: LabHost;
let second: LabHost;
const orgs = new Map<string, OrgServer>();
const orgOf = (id: string) => orgs.get(id) as OrgServer;
const isBounded = ({ url }: { url: string }) => url.includes('until=');
const isPolling = ({ url }: { url: string }) =>
  url.startsWith('/api/v1/logs') && !isBounded({ url });
const poll = (id: string, host = first) => host.call('POST', `/api/connectors/${id}/poll`);
const start = () => lab.startHost({ BACKFILL_PARALLEL_SLICES: '2' });

beforeAll(async () => {
  for (const id of IDS)
    orgs.set(id, await startLabOrg({ events: 300, longestPage: 20, seed: 300 + orgs.size }));
  lab = await startLab([...orgs.values()]);
  first = await start();
});
afterAll(() => lab?.close());

describe('a host that hangs in the middle of a page', () => {
  const id = 'paused';
  afterAll(() => {
    lab.tables.watcher = {};
  });

  it('is replaced by another host, which reads all events', async () => {
    const stopped = Promise.withResolvers<void>();
    lab.tables.watcher = {
      after: (seen) => {
        const wrote = effectOf(seen, id)?.endsWith('counter of backfill');
        if (wrote) {
          process.kill(first.pid, 'SIGSTOP');
          lab.tables.watcher = {};
          stopped.resolve();
        }
        return 'pass';
      },
    };
    await connect(first, id, orgOf(id));
    await stopped.promise;
    second = await start();
    happen(orgOf(id));
    await timePasses(lab, second);
    await promiseKept(second, id, orgOf(id));
  });

  it('detects after its recovery that it has lost its chain, and changes nothing', async () => {
    process.kill(first.pid, 'SIGCONT');
    await until('the late run to end', async () => {
      const { body } = await second.call('GET', `/api/connectors/${id}/runs`);
      return body.value.some(({ result }: any) => result === 'lost') ? true : undefined;
    });
    await promiseKept(second, id, orgOf(id));
    await promiseKept(first, id, orgOf(id));
    const rows = await Array.fromAsync(everythingStored(lab.connectionString));
    const slices = rows.filter(({ where, text }) => {
      return where === 'table checkpoints' && text.includes(id) && text.includes('slice_');
    });
    expect(slices).toEqual([]);
  });
});

describe('two hosts', () => {
  it('poll the same connector, and return the same status', async () => {
    const id = 'shared';
    const org = orgOf(id);
    await connect(first, id, org);
    await until('both hosts to have polled', async () => {
      happen(org);
      await Promise.all([poll(id, first), poll(id, second)]);
      const polled = new RegExp(`poll ${id}: (done|again)`);
      const said = [first, second].map((host) => polled.test(host.output()));
      return said.every((one) => one) ? true : undefined;
    });
    await poll(id);
    for (const host of [first, second]) await promiseKept(host, id, org);
  });
});

describe('two concurrent runs', () => {
  const id = 'twice';
  const isAskedTwice = (urls: string[]) => urls.length > new Set(urls).size;

  it('of one slice, by two orchestrations, store each event once', async () => {
    const org = orgOf(id);
    const pages = holdBack(org, isBounded);
    await connect(first, id, org);
    await pages.arrived;
    await timePasses(lab, first);
    await until('a page to be asked for by two runs', async () =>
      isAskedTwice(pages.urls) ? true : undefined,
    );
    pages.release();
    await promiseKept(first, id, org);
  });

  it('of the live chain store each event once, and only one confirms it', async () => {
    const org = orgOf(id);
    happen(org);
    const pages = holdBack(org, isPolling);
    await poll(id);
    await pages.arrived;
    lab.advanceStorageClock(STUCK_MS);
    await poll(id);
    await until('a page to be asked for by two runs', async () =>
      isAskedTwice(pages.urls) ? true : undefined,
    );
    pages.release();
    await promiseKept(first, id, org);
  });
});

describe('a connector deleted in the middle of a slice', () => {
  const id = 'deleted';
  const left = async () => {
    const rows = await Array.fromAsync(everythingStored(lab.connectionString));
    const about = rows.filter(({ where, text }) => {
      return /table (events|runs|checkpoints|status|deadletters)/.test(where) && text.includes(id);
    });
    return about.map(({ where }) => where);
  };

  it('leaves no data, not even late writes of its last run', async () => {
    const pages = holdBack(orgOf(id), isBounded);
    await connect(first, id, orgOf(id));
    await pages.arrived;
    const path = `/api/connectors/${id}`;
    expect((await first.call('DELETE', `${path}?purgeEvents=true`)).status).toBe(204);
    await until('the events to be cleared away', async () =>
      (await left()).includes('table events') ? undefined : true,
    );
    let late = false;
    lab.tables.watcher = {
      after: (seen) => {
        late ||= effectOf(seen, id)?.startsWith('events') === true;
        return 'pass';
      },
    };
    pages.release();
    await until('the late run to have written', async () => late || undefined);
    await until('nothing to be left', async () => {
      await timePasses(lab, first);
      return (await left()).length === 0 ? true : undefined;
    });
    lab.tables.watcher = {};
  });

  it('can be registered again, and keeps its promise', async () => {
    await connect(second, id, orgOf(id));
    await promiseKept(second, id, orgOf(id));
  });
});
