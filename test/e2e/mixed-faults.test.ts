/** All faults mixed (design §5): Okta and storage go wrong again and again, as a seed decides. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dice, diceOf } from '../../dev/demo-org/dice.ts';
import { FAULTS } from '../../dev/demo-org/faults.ts';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { effectOf } from '../support/effects.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import type { SeenRequest, Verdict } from '../support/proxy.ts';
import { connect, happen, heal, isPage } from '../support/row-org.ts';
import { until } from '../support/stack.ts';

const FIRST_SEED = Number(process.env.MIXED_SEED ?? 1);
const SEEDS = [0, 1, 2, 3].map((n) => FIRST_SEED + n);
const FAULTY_PAGES = 25;
const FAULTY_WRITES = 40;
/** Leases are over then, and workers count as stuck. */
const STUCK_MS = 21 * 60_000;
/** Nobody's answer is waited for in this test. */
const TOO_SLOW = ['hang', '50-mb', 'too-large'];

const idOf = (seed: number) => `seed-${seed}`;
const orgs = new Map<string, OrgServer>();
const orgOf = (id: string) => orgs.get(id) as OrgServer;
/** What has gone wrong so far, by connector. */
const happened = new Map<string, { pages: string[]; writes: string[] }>();
let lab: Lab;
let host: LabHost;

/** Two of three pages go wrong, each in a way of its own; now and then all cursors are refused. */
function disturbOkta(org: OrgServer, dice: Dice, log: string[]): void {
  const names = Object.keys(FAULTS).filter((name) => !TOO_SLOW.includes(name));
  org.org.faults.push({
    matches: (request) => isPage(request) && dice.below(3) > 0,
    times: Number.POSITIVE_INFINITY,
    answer: (request, proper) => {
      const name = dice.pick([...names, 'refused cursors']);
      log.push(name);
      if (name === 'refused cursors') org.org.refuseCursors();
      return FAULTS[name]?.(org.org)(request, proper) ?? proper();
    },
  });
}

/** A tenth of all changes goes wrong, before or after its effect. */
function disturbStorage(all: { id: string; dice: Dice; log: string[] }[]): void {
  const judge = (when: string) => (seen: SeenRequest) => {
    for (const { id, dice, log } of all) {
      const effect = effectOf(seen, id);
      if (!effect || effect.startsWith('vault') || dice.below(20) > 0) continue;
      const verdict = dice.pick<Verdict>(['lose', 500, 503, when === 'before' ? 412 : 'lose']);
      log.push(`${verdict} ${when} ${effect}`);
      return verdict;
    }
    return 'pass';
  };
  for (const proxy of [lab.tables, lab.queues])
    proxy.watcher = { before: judge('before'), after: judge('after') };
}

beforeAll(async () => {
  for (const seed of SEEDS)
    orgs.set(idOf(seed), await startLabOrg({ events: 400, longestPage: 10, seed: 600 + seed }));
  lab = await startLab([...orgs.values()]);
  host = await lab.startHost({ BACKFILL_PARALLEL_SLICES: '2' });
  const disturbed = [];
  for (const seed of SEEDS) {
    const id = idOf(seed);
    const log = { pages: [], writes: [] };
    happened.set(id, log);
    await connect(host, id, orgOf(id));
    disturbOkta(orgOf(id), diceOf(seed, 1), log.pages);
    disturbed.push({ id, dice: diceOf(seed, 2), log: log.writes });
  }
  disturbStorage(disturbed);
});
afterAll(() => lab?.close());

describe('while Okta and storage go wrong in every way', () => {
  it.concurrent.each(SEEDS)('the app lives and comes forward (seed %i)', async (seed) => {
    const id = idOf(seed);
    await until(`${id} to have had enough`, async () => {
      const { pages = [], writes = [] } = happened.get(id) ?? {};
      happen(orgOf(id));
      // What waits for minutes is woken up; storage's trouble is the caller's as well.
      const { status } = await host.call('POST', `/api/connectors/${id}/poll`);
      expect([202, 503]).toContain(status);
      if (pages.length % 10 === 0) await host.runTimer('housekeeping');
      return pages.length >= FAULTY_PAGES && writes.length >= FAULTY_WRITES ? true : undefined;
    });
  });
});

describe('afterwards', () => {
  beforeAll(async () => {
    for (const proxy of [lab.tables, lab.queues]) proxy.watcher = {};
    for (const org of orgs.values()) heal(org);
    lab.advanceStorageClock(STUCK_MS);
    await host.runTimer('housekeeping');
  });

  it.concurrent.each(SEEDS)('the promise is kept (seed %i)', async (seed) => {
    const id = idOf(seed);
    await until(`${id} to be polled to the end`, async () => {
      await host.call('POST', `/api/connectors/${id}/poll`);
      const { body } = await host.call('GET', `/api/connectors/${id}/status`);
      return body.status === 'Connected' && body.live.caughtUp ? true : undefined;
    });
    try {
      await promiseKept(host, id, orgOf(id), { readsAgain: true });
    } catch (cause) {
      const { pages, writes } = happened.get(id) ?? {};
      throw new Error(`seed ${seed}: ${pages?.join()}; ${writes?.join()}`, { cause });
    }
  });
});
