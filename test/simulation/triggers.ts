/** The timers and queue triggers of `functions/`, without their host. */
import { CLEAN_UP_BUDGET_MS, cleanUpOrRequeue } from '../../shared/connectors/clean-up.ts';
import { report } from '../../shared/housekeeping/report.ts';
import {
  type HousekeepingLog,
  runHousekeeping,
} from '../../shared/housekeeping/run-housekeeping.ts';
import { watchTimers } from '../../shared/housekeeping/watch-timers.ts';
import { pollAll } from '../../shared/ingest/poll-all.ts';
import { tick } from '../../shared/ingest/send-due.ts';
import { ensureWatch } from '../../shared/ingest/watch-message.ts';
import { LOG_LINES, logLine } from '../../shared/log-lines.ts';
import type { WorkMessage } from '../../shared/storage/queue.ts';
import { workDelivery } from '../../shared/webhooks/work.ts';
import { CONTENDED_ONCE_IN } from './callers.ts';
import type { Cloud } from './cloud.ts';
import type { Host } from './host.ts';
import type { Message, SimQueue } from './sim-queue.ts';

const MINUTE_MS = 60_000;

export const pollTimer = async (host: Host): Promise<void> => {
  await tick(host.invocation(), MINUTE_MS);
};

export const startApp = (host: Host): Promise<void> => ensureWatch(host.invocation());

export async function housekeeping(cloud: Cloud, host: Host): Promise<void> {
  cloud.tally.count('housekeeping');
  await runHousekeeping(host.invocation(), logOf(cloud), NO_SHARE);
}

/** Marks alone must lead to all unfinished work. */
const NO_SHARE = () => 0;

const logOf = (cloud: Cloud): HousekeepingLog => ({
  failed: (_what, error) => {
    cloud.tally.count('housekeeping failed');
    cloud.failed(error);
  },
  expired: () => cloud.tally.count('events expired'),
});

async function watch(cloud: Cloud, host: Host, token: string): Promise<void> {
  const watched = await watchTimers(host.invocation(), token, logOf(cloud), NO_SHARE);
  cloud.tally.count(`watch: ${watched}`);
}

/** The log lines of a round of housekeeping. */
export async function tellLog(cloud: Cloud, host: Host): Promise<void> {
  await report(
    host.invocation(),
    async () => 0,
    (line) => {
      LOG_LINES[line.kind].parse(JSON.parse(logLine(line)));
      cloud.tally.count(`log line: ${line.kind}`);
    },
  );
}

/**
 * Processes messages and orchestrations on a function host, until none is ready or the maximum is
 * reached.
 */
export async function pump(cloud: Cloud, host: Host, most: number): Promise<void> {
  for (let n = 0; n < most; n++) {
    const ready = [
      () => taken(cloud, cloud.workQueue, host, (body) => work(cloud, host, body)),
      () =>
        taken(cloud, cloud.pollQueue, host, (body) =>
          'watch' in body ? watch(cloud, host, body.watch) : poll(cloud, host, body.connectorIds),
        ),
      () => orchestrate(cloud, host),
    ];
    const first = cloud.dice.below(ready.length);
    let worked = false;
    for (let k = 0; k < ready.length && !worked; k++)
      worked = (await ready[(first + k) % ready.length]?.()) ?? false;
    if (!worked) return;
  }
}

async function taken<T>(
  cloud: Cloud,
  queue: SimQueue<T>,
  host: Host,
  handle: (body: T) => Promise<void>,
): Promise<boolean> {
  const message: Message<T> | undefined = queue.take(host.line);
  if (!message) return false;
  try {
    await handle(message.body);
    queue.done(message, true);
  } catch (error) {
    cloud.failed(error);
    queue.done(message, false);
  }
  return true;
}

async function orchestrate(cloud: Cloud, host: Host): Promise<boolean> {
  const instance = cloud.engine.take(host.line);
  if (!instance) return false;
  await cloud.engine.work(host.invocation(), instance, (error) => cloud.failed(error));
  return true;
}

async function poll(cloud: Cloud, host: Host, connectorIds: readonly string[]): Promise<void> {
  const deps = host.invocation();
  const ids: unknown[] = [];
  const uuid = () => {
    const id = deps.chance.uuid();
    ids.push(id);
    return id;
  };
  const dropped: string[] = [];
  await pollAll({ ...deps, chance: { ...deps.chance, uuid } }, connectorIds, {
    ended: (id, { kind }) => {
      cloud.tally.count(`poll: ${kind}`);
      if (kind === 'dropped') dropped.push(id);
    },
    failed: (_id, error) => cloud.failed(error),
  });
  for (const id of dropped) {
    const { leaseHolder, leaseUntilMs } =
      (await cloud.tables.checkpoints.get(id, 'live'))?.cells ?? {};
    if (ids.includes(leaseHolder) && Number(leaseUntilMs) > cloud.storageClock.nowMs())
      cloud.violations.push(`a run of ${id} was dropped and holds its lease all the same`);
  }
}

async function work(cloud: Cloud, host: Host, message: WorkMessage): Promise<void> {
  const deps = host.invocation(CONTENDED_ONCE_IN);
  if (message.kind === 'delivery') return await workDelivery(deps, message.deliveryKey);
  cloud.tally.count('clean-up goes on later');
  await cleanUpOrRequeue(deps, message.connectorId, CLEAN_UP_BUDGET_MS);
}
