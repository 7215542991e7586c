/**
 * Kills the host twenty times at random moments, before or after the effect of a change, while live
 * polling and a backfill are active, and restarts it at once. The seed selects the changes.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diceOf } from '../../dev/demo-org/dice.ts';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { KILLS_WITHIN_MS } from '../support/crash-lab.ts';
import { effectOf } from '../support/effects.ts';
import { type Lab, type LabHost, startLab, startLabOrg, timePasses } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import type { SeenRequest } from '../support/proxy.ts';
import { connect, happen } from '../support/row-org.ts';
import { expectNoSecret } from '../support/secret-search.ts';
import { TOKEN, until } from '../support/stack.ts';

const SEED = Number(process.env.KILLS_SEED ?? 1);
const KILLS = 20;
/** The changes that are counted until the kill, and their maximum. Live makes fewer changes. */
const LIVES = [
  { of: /./, changes: 60 },
  { of: /live/, changes: 12 },
  { of: /slice|of backfill/, changes: 40 },
];
const ID = 'unlucky';

let lab: Lab;
let org: OrgServer;

beforeAll(async () => {
  org = await startLabOrg({ events: 8000, longestPage: 20, limitPerMinute: 300 });
  lab = await startLab([org], { keepsSpare: true });
});
afterAll(() => lab?.close());

const changesSeen: string[] = [];

/** Kills the host at its n-th change of this kind; resolves with that change. */
function killAt(host: LabHost, of: RegExp, n: number, when: 'before' | 'after') {
  const killed = Promise.withResolvers<string>();
  let changes = 0;
  const watch = (seen: SeenRequest) => {
    const effect = effectOf(seen, ID);
    if (effect) changesSeen.push(effect);
    if (!effect || !of.test(effect) || ++changes < n) return 'pass';
    process.kill(host.pid, 'SIGKILL');
    for (const proxy of [lab.tables, lab.queues, lab.vault]) proxy.watcher = {};
    void host.exited.then(() => killed.resolve(`${when} ${effect}`));
    return 'lose';
  };
  for (const proxy of [lab.tables, lab.queues, lab.vault]) proxy.watcher = { [when]: watch };
  return killed.promise;
}

it(`random kills lose nothing, duplicate nothing and keep counts exact (seed ${SEED})`, {
  timeout: KILLS_WITHIN_MS,
}, async () => {
  const dice = diceOf(SEED, 20);
  const moments: string[] = [];
  const hosts: LabHost[] = [];
  const restart = async () => {
    const host = await lab.startHost({ BACKFILL_PARALLEL_SLICES: '2' });
    hosts.push(host);
    return host;
  };
  let host = await restart();
  await connect(host, ID, org);
  for (let kill = 0; kill < KILLS; kill++) {
    const { of, changes } = dice.pick(LIVES);
    let moment: string | undefined;
    const dead = killAt(host, of, 1 + dice.below(changes), dice.pick(['before', 'after']));
    void dead.then((one) => {
      moment = one;
    });
    // Any of these may hit the kill.
    await timePasses(lab, host).catch(() => {});
    moments.push(
      await until('the host to die', async () => {
        // Several pages for each poll: a kill in live comes soon.
        for (let n = 0; n < 5; n++) happen(org);
        await host.call('POST', `/api/connectors/${ID}/poll`).catch(() => {});
        return moment;
      }),
    );
    host = await restart();
    const { body } = await host.call('GET', `/api/connectors/${ID}/status`);
    // Otherwise the host was idle.
    expect(body.backfill.state).toBe('Running');
  }
  // Kills have hit both live and backfill.
  for (const chain of [/ live|of live/, /slice|of backfill/]) {
    expect(moments.filter((moment) => chain.test(moment)).length).toBeGreaterThan(1);
    expect(changesSeen.filter((change) => chain.test(change)).length).toBeGreaterThan(KILLS);
  }

  org.org.limiter.limitPerMinute = 100_000;
  await timePasses(lab, host);
  await promiseKept(host, ID, org);
  await expectNoSecret(lab, hosts, [TOKEN], ID);
});
