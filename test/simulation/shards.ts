/**
 * The promise under a seeded scheduler: concurrent operations on connectors, with failures of every
 * port and deaths of processes at any step. A failing seed replays exactly:
 * `npm run simulate -- --seed S --seeds 1 --show` prints every effect in order.
 *
 * The seeds are spread over the test files of the shards, so that all cores are used.
 */
import { expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const SHARDS = 4;
const FIRST_SEED = Number(process.env.SIMULATION_SEED ?? 1);
const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 1000);
/** From this number of seeds of a shard, every kind of event must have occurred. */
const ENOUGH_SEEDS = 250;
const SHOWN = Boolean(process.env.SIMULATION_SHOWN);

/** Events that must occur in at least one world of each shard. */
const MUST_OCCUR = [
  'put: created',
  'put: replaced',
  'put: unchanged',
  'put: OrgAlreadyConnected',
  'put: ConnectorDeleting',
  'rotate: replaced',
  'old token refused',
  'old token used',
  'disable: changed',
  'enable: changed',
  'delete: deleted',
  'delete with purge: deleted',
  'clean-up goes on later',
  'test: ok',
  'fill: started',
  'verify: started',
  'cancel: done',
  'rewind: started',
  'webhook: connector.register',
  'webhook: connector.update',
  'webhook: connector.disable',
  'webhook: connector.enable',
  'webhook: connector.delete',
  'webhook: connector.backfill',
  'webhook: sent again',
  'orchestration: started',
  'orchestration: purged',
  'poll: done',
  'poll: again',
  'poll: dropped',
  'poll now: done',
  'hook: created',
  'hook: replaced',
  'hook: ended',
  'ring: rung',
  'ring: refused',
  'backfill: BackfillAlreadyRunning',
  'backfill: ConnectorDisabled',
  // Requested while the connector is registering.
  'backfill: OktaTokenInvalid',
  'put: PreconditionFailed',
  'rotate: PreconditionFailed',
  'delete: PreconditionFailed',
  'housekeeping',
  'housekeeping failed',
  'queue: expired',
  'fault: timers away',
  'watch: well',
  'watch: instead',
  'watch: dropped',
  'kill',
  'time: longer than a lease',
  'event: dead letter',
  'event: refused by storage',
  'event: large',
  'event: huge',
  'events expired',
  'months: a day is emptied',
  'months: a blob is kept',
  'months: a blob is gone',
  'fault: contended connector',
  'fault: clock of a process',
  'fault: no time',
  'fault: orchestration lost',
  'fault: orchestration stuck',
  'fault: orchestration doubled',
  'fault: activity twice',
  'fault: queue late',
  'fault: queue twice',
  ...['tables', 'vault', 'queue', 'orchestrations'].flatMap((port) =>
    ['before', 'after', 'twice', 'late'].map((when) => `fault: ${port} ${when}`),
  ),
  'fault: tables read',
  'fault: vault read',
  ...['500', '503', '429', '401', '403', 'html', 'reset', 'cut-body', 'slow'].map(
    (kind) => `fault: okta ${kind}`,
  ),
  'fault: okta refuses cursors',
  'fault: okta poison',
  'fault: okta set aside',
];

/** Declares the test of one shard, from 1 to the number of shards. */
export function simulateShard(shard: number): void {
  const all = Array.from({ length: SEEDS }, (_, n) => FIRST_SEED + n);
  const seeds = all.filter((seed) => seed % SHARDS === shard % SHARDS);
  it(`the promise is kept under ${seeds.length} seeds, shard ${shard} of ${SHARDS}`, async () => {
    await expectPromiseKept(seeds);
  });
}

/** Throws at the first seed that violates the promise; the error names the seed. */
async function expectPromiseKept(seeds: readonly number[]): Promise<void> {
  const worlds = new Map<string, number>();
  for (const seed of seeds) {
    try {
      const { counts } = await simulate(seed, seeds.length === 1 && SHOWN ? show : undefined);
      for (const what of counts.keys()) worlds.set(what, (worlds.get(what) ?? 0) + 1);
    } catch (cause) {
      throw new Error(`seed ${seed}: ${(cause as Error).message}`, { cause });
    }
  }
  if (seeds.length < ENOUGH_SEEDS) return;
  expect(MUST_OCCUR.filter((what) => !worlds.has(what))).toEqual([]);
}

const show = (line: string): void => void process.stdout.write(`${line}\n`);
