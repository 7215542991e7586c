/**
 * The mixed fault matrix. A seeded generator for each connector damages pages of Okta, changes in
 * storage (before or after their effect) and reads of the vault, a limited number of times.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Dice, diceOf } from '../../dev/demo-org/dice.ts';
import { FAULTS } from '../../dev/demo-org/faults.ts';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { effectOf } from '../support/effects.ts';
import { type Lab, type LabHost, startLab, startLabOrg, timePasses } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import type { SeenRequest, Verdict } from '../support/proxy.ts';
import { connect, happen, isPage, untilStatus, untilWell } from '../support/row-org.ts';
import { expectNoSecret } from '../support/secret-search.ts';
import { TOKEN, until } from '../support/stack.ts';

const SEED = Number(process.env.FAULTS_SEED ?? 1);
const IDS = Array.from({ length: 8 }, (_, n) => `haunted-${n + 1}`);
/**
 * Excludes faults that last a minute, because they would use up the whole test time. Also excludes a
 * missing next link: on a short page of a slice it is the regular end.
 */
const NOT_HERE = /^(hang|50-mb|too-large|429-.*|no-next)$/;
const OKTA = {
  ways: Object.keys(FAULTS).filter((name) => !NOT_HERE.test(name)),
  times: 5,
};
const STORAGE = { ways: [409, 412, 429, 500, 503, 'lose'] as Verdict[], times: 40 };
/** Applied to every read, because a token is cached. */
const VAULT = { ways: [403, 404, 429, 500, 'lose'] as Verdict[], times: 4 };
const HASTE_MS = 5000;
const LEASE_MS = 61_000;

/** A faulty service, as one connector sees it. */
class Ghost<T> {
  readonly #dice: Dice;
  readonly #ways: readonly T[];
  readonly #times: number;
  /** The applied faults. */
  readonly faults: string[] = [];

  constructor(seed: number, { ways, times }: { ways: readonly T[]; times: number }) {
    this.#dice = diceOf(SEED, seed);
    this.#ways = ways;
    this.#times = times;
  }

  get isTired(): boolean {
    return this.faults.length >= this.#times;
  }

  /** The fault of a request, or undefined. */
  strike(what: string): T | undefined {
    if (this.isTired || this.#dice.below(3) > 0) return undefined;
    const way = this.#dice.pick(this.#ways);
    this.faults.push(`${what}: ${way}`);
    return way;
  }
}

let lab: Lab;
let host: LabHost;
const hosts: LabHost[] = [];
const orgs = new Map<string, OrgServer>();
const ghosts = new Map(
  IDS.map((id, n) => [
    id,
    {
      okta: new Ghost(3 * n, OKTA),
      storage: new Ghost(3 * n + 1, STORAGE),
      vault: new Ghost(3 * n + 2, VAULT),
    },
  ]),
);
const orgOf = (id: string) => orgs.get(id) as OrgServer;
const areTired = (id: string) => {
  const { okta, storage } = ghosts.get(id) ?? {};
  return okta?.isTired && storage?.isTired;
};
const poll = (id: string) => host.call('POST', `/api/connectors/${id}/poll`);

function hauntOkta(id: string): void {
  const { org } = orgOf(id);
  org.faults.push({
    matches: isPage,
    times: Number.POSITIVE_INFINITY,
    answer: (request, proper) => {
      const spoilt = FAULTS[ghosts.get(id)?.okta.strike('Okta') ?? 'not']?.(org);
      return spoilt?.(request, proper) ?? proper();
    },
  });
}

/** Excludes the tables and queues of the orchestrations, which belong to the platform. */
function hauntServices(when: 'before' | 'after') {
  return (seen: SeenRequest): Verdict => {
    for (const [id, { storage, vault }] of ghosts) {
      if (seen.method === 'GET' && seen.path.startsWith(`/secrets/okta-${id}-`))
        return vault.strike(`${when} the vault reads`) ?? 'pass';
      const effect = effectOf(seen, id);
      if (effect && !/hub/i.test(effect)) return storage.strike(`${when} ${effect}`) ?? 'pass';
    }
    return 'pass';
  };
}

beforeAll(async () => {
  for (const id of IDS)
    orgs.set(id, await startLabOrg({ events: 150, longestPage: 10, seed: 900 + orgs.size }));
  lab = await startLab([...orgs.values()]);
  const settings = { BACKFILL_PARALLEL_SLICES: '2' };
  // A host caches a token after a read: a new host meets these faults.
  const first = await lab.startHost(settings);
  for (const id of IDS) hauntOkta(id);
  for (const id of IDS) await connect(first, id, orgOf(id));
  await first.kill();
  for (const proxy of [lab.tables, lab.queues, lab.vault])
    proxy.watcher = { before: hauntServices('before'), after: hauntServices('after') };
  host = await lab.startHost(settings);
  hosts.push(first, host);
});
afterAll(() => lab?.close());

describe.concurrent(`during random faults (seed ${SEED})`, () => {
  beforeAll(() => timePasses(lab, host));

  it.each(IDS)(
    '%s is polled until no more faults occur, and live polling has then recovered',
    async (id) => {
      await until(
        `${id} to have met all its faults`,
        async () => {
          happen(orgOf(id));
          // The clock advances quickly, so that leases that could not be released expire soon.
          lab.advanceStorageClock(HASTE_MS);
          await poll(id);
          return areTired(id) || undefined;
        },
        500,
      );
      lab.advanceStorageClock(LEASE_MS);
      await poll(id);
      await untilStatus(
        host,
        id,
        'to be polled well',
        ({ live }) => live.state === 'idle' && live.consecutiveFailures === 0,
      );
    },
  );
});

describe('after time has passed', () => {
  beforeAll(() => timePasses(lab, host));

  it.concurrent.each(IDS)('%s keeps its promise', async (id) => {
    await poll(id);
    // A page without a next link, and a refused cursor, are read again.
    await promiseKept(host, id, orgOf(id), { readsAgain: true });
    await untilWell(host, id);
  });
});

it('never discloses a token', async () => {
  await expectNoSecret(lab, hosts, [TOKEN], IDS[0] as string);
});
