/** Simulates a world from its first registration until all work has ended. */
import { diceOf } from '../../dev/demo-org/dice.ts';
import { Checkpoints } from '../../shared/storage/checkpoints.ts';
import { isOfRegistration } from '../../shared/storage/positions.ts';
import { DAY, HOUR } from '../support/samples.ts';
import type { Cloud } from './cloud.ts';
import { difference } from './held.ts';
import { brokenByMonths } from './months.ts';
import { brokenPromises, connectorsOf } from './promise.ts';
import { leaveUnreadable } from './unreadable.ts';
import { type Tell, World } from './world.ts';

/** The share of worlds in which months pass, because that is slow. */
const AGED_ONCE_IN = 20;

export interface Simulated {
  /** Equal for equal runs. */
  trace: number;
  /** The counts of events. */
  counts: ReadonlyMap<string, number>;
}

/** Throws when the promise is violated. */
export async function simulate(seed: number, tell?: Tell): Promise<Simulated> {
  const dice = diceOf(seed, 77);
  const world = new World(dice, diceOf(seed, 78), tell);
  const { cloud, callers } = world;
  await leaveUnreadable(cloud.tables);
  await world.live();
  await world.settle();
  await expectNothingBroken(cloud, false);

  if (cloud.okta.poison) {
    // Okta is repaired: ranges that were set aside must be read within a day.
    cloud.okta.poison = undefined;
    cloud.time.nowMs += DAY + HOUR;
    await world.settle();
    await expectNothingBroken(cloud, false);
    expectNone(await stillFailed(cloud));
  }
  for (const { id, state, enabled } of await connectorsOf(cloud)) {
    if (state !== 'active') continue;
    if (!enabled) {
      await world.alone((host) => callers.enable(host, id));
      await world.settle();
    }
    await world.alone((host) => callers.backfill(host, id, 'fill'));
    await world.settle();
    await expectNothingBroken(cloud, true);
    if (dice.below(3) === 0) {
      await world.alone((host) => callers.rewind(host, id));
      await world.settle();
      await expectNothingBroken(cloud, true);
    }
    if (dice.below(3) > 0) continue;
    await world.alone((host) => callers.backfill(host, id, 'verify'));
    await world.settle();
    await expectNothingBroken(cloud, true);
    const ledgers = await new Checkpoints(cloud.tables.checkpoints).backfills(id);
    // The part that a raised `backfillDays` asks for may have followed the verify.
    const missing = ledgers.findLast(({ mode }) => mode === 'verify')?.missing;
    if (missing !== 0) throw new Error(`a verify of all there is finds ${missing} missing`);
  }
  if (dice.below(AGED_ONCE_IN) === 0) expectNone(await brokenByMonths(world));
  return { trace: cloud.time.trace, counts: cloud.tally.counts };
}

/** The ranges that backfills of a polling connector have set aside are retried once a day. */
async function stillFailed(cloud: Cloud): Promise<string[]> {
  const checkpoints = new Checkpoints(cloud.tables.checkpoints);
  const failed: string[] = [];
  for (const connector of await connectorsOf(cloud)) {
    if (connector.state !== 'active' || !connector.enabled) continue;
    const ledgers = await checkpoints.backfills(connector.id);
    for (const ledger of ledgers.filter((one) => isOfRegistration(one, connector)))
      if (ledger.state === 'Failed' && (ledger === ledgers.at(-1) || ledger.mode === 'fill'))
        failed.push(`${connector.id}: backfill ${ledger.backfillId} has failed for good`);
  }
  return failed;
}

async function expectNothingBroken(cloud: Cloud, all: boolean): Promise<void> {
  const broken = await brokenPromises(cloud);
  for (const connector of await connectorsOf(cloud))
    if (connector.state !== 'failed')
      broken.push(...(await difference(cloud, connector, all && connector.state === 'active')));
  expectNone(broken);
}

function expectNone(broken: readonly string[]): void {
  if (broken.length > 0) throw new Error(broken.join('\n'));
}
