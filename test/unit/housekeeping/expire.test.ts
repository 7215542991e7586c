/** Retention: each connector has its turn within a day, and many expired rows delay no other connector. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Deps } from '../../../shared/deps.ts';
import { runHousekeeping } from '../../../shared/housekeeping/run-housekeeping.ts';
import type { Run } from '../../../shared/storage/runs.ts';
import { instead } from '../../support/deliveries.ts';
import { aConnector, DAY } from '../../support/samples.ts';
import { createWorld, type World } from '../../support/world.ts';

const IDS = Array.from({ length: 25 }, (_, n) => `c${String(n).padStart(2, '0')}`);
const log = { failed: () => {}, expired: () => {} };

let world: World;
beforeEach(async () => {
  world = createWorld({ events: 0 });
  for (const id of IDS) await world.deps.connectors.claim(aConnector({ id, orgId: `o${id}` }));
});

/** The connectors whose runs are deleted in a round. */
async function served(change: (deps: Deps) => Partial<Deps> = () => ({})): Promise<string[]> {
  const got: string[] = [];
  const { runs } = world.deps;
  const deleteBefore: typeof runs.deleteBefore = async (owner, ...rest) => {
    got.push(owner.id);
    return await runs.deleteBefore(owner, ...rest);
  };
  const deps = { ...world.deps, runs: instead(runs, { deleteBefore }) };
  await runHousekeeping({ ...deps, ...change(deps) }, log);
  return got;
}

describe('retention', () => {
  it('serves a share of the connectors in each round, and begins anew after the last', async () => {
    expect(await served()).toEqual(IDS.slice(0, 10));
    expect(await served()).toEqual(IDS.slice(10, 20));
    expect(await served()).toEqual([...IDS.slice(20), ...IDS.slice(0, 5)]);
  });

  it('serves a connector with more expired rows again in the next round, after the others', async () => {
    const run: Run = {
      startedAtMs: 1,
      endedAtMs: world.org.nowMs() - 8 * DAY,
      kind: 'live',
      result: 'ended',
      events: 0,
      pages: 0,
    };
    for (let n = 0; n < 3; n++) await world.deps.runs.add(aConnector({ id: 'c03' }), run);
    // Time passes with each row that is deleted.
    const slow = ({ runs }: Deps): Partial<Deps> => ({
      runs: instead(runs, {
        deleteBefore: async (owner, ms, outOfTime) => {
          if (owner.id === 'c03') world.pass(11_000);
          return await runs.deleteBefore(owner, ms, outOfTime);
        },
      }),
    });
    const left = async () =>
      (await Array.fromAsync(world.deps.runs.list(aConnector({ id: 'c03' })))).length;
    expect(await served(slow)).toEqual(IDS.slice(0, 10));
    expect(await left()).toBe(3);
    const next = await served();
    expect(next.slice(0, 10)).toEqual(IDS.slice(10, 20));
    expect(next.slice(10)).toContain('c03');
    expect(await left()).toBe(0);
    expect(await served()).toEqual([...IDS.slice(20), ...IDS.slice(0, 5)]);
  });

  it('continues with the others after a failure', async () => {
    const failing = ({ runs }: Deps): Partial<Deps> => ({
      runs: instead(runs, {
        deleteBefore: async (owner, ...rest) => {
          if (owner.id === 'c03') throw new Error('away');
          return await runs.deleteBefore(owner, ...rest);
        },
      }),
    });
    await served(failing);
    expect(await served()).toEqual(IDS.slice(10, 20));
  });
});
