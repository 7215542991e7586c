/** What the platform starts by itself: the timers and queue triggers of `functions/`, without their host. */
import { reconcileAll } from '../../shared/connectors/reconcile.ts';
import { clearAway } from '../../shared/connectors/delete.ts';
import { pollConnector } from '../../shared/ingest/live.ts';
import type { WorkMessage } from '../../shared/storage/queue.ts';
import { reconcileDeliveries } from '../../shared/webhooks/reconcile.ts';
import { type WorkParts, workDelivery } from '../../shared/webhooks/work.ts';
import type { Cloud } from './cloud.ts';
import type { Host } from './host.ts';
import type { Message, SimQueue } from './sim-queue.ts';

const LOOK_AHEAD_MS = 60_000;
/** Sometimes a run has no time for all that it would clear away. */
const CLEARING_STEPS = 30;

export async function pollTimer(host: Host): Promise<void> {
  const { status, storageClock, pollQueue } = host.invocation();
  const nowMs = storageClock.nowMs();
  for await (const { connectorId, dueAtMs } of status.due()) {
    if (dueAtMs >= nowMs + LOOK_AHEAD_MS) continue;
    await pollQueue.send({ connectorId }, Math.max(0, Math.ceil((dueAtMs - nowMs) / 1000)));
  }
}

export async function housekeeping(cloud: Cloud, host: Host): Promise<void> {
  cloud.tally.count('housekeeping');
  const parts = host.invocation();
  const failed = () => cloud.tally.count('housekeeping failed');
  await reconcileAll(parts, host.orchestrations, timeFor(cloud), failed);
  await reconcileDeliveries(parts, timeFor(cloud), failed);
}

/** A function host that takes messages and orchestrations until nothing is ready, or so many. */
export async function pump(cloud: Cloud, host: Host, most: number): Promise<void> {
  for (let n = 0; n < most; n++) {
    const ready = [
      () => taken(cloud.workQueue, host, (body) => work(cloud, host, body)),
      () => taken(cloud.pollQueue, host, ({ connectorId }) => poll(cloud, host, connectorId)),
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
  queue: SimQueue<T>,
  host: Host,
  handle: (body: T) => Promise<void>,
): Promise<boolean> {
  const message: Message<T> | undefined = queue.take(host.line);
  if (!message) return false;
  try {
    await handle(message.body);
    queue.done(message, true);
  } catch {
    queue.done(message, false);
  }
  return true;
}

async function orchestrate(cloud: Cloud, host: Host): Promise<boolean> {
  const instance = cloud.engine.take(host.line);
  if (!instance) return false;
  await cloud.engine.work(host.invocation(), instance);
  return true;
}

async function poll(cloud: Cloud, host: Host, connectorId: string): Promise<void> {
  const parts = host.invocation();
  const result = await pollConnector(parts, connectorId);
  cloud.tally.count(`poll: ${result.kind}`);
  if (result.kind === 'again') await parts.pollQueue.send({ connectorId }, result.delaySeconds);
}

async function work(cloud: Cloud, host: Host, message: WorkMessage): Promise<void> {
  const parts = host.invocation();
  if (message.kind === 'delivery')
    return await workDelivery(parts, host.orchestrations, message.deliveryKey);
  await clear(cloud, parts, message.connectorId);
}

/** Clears away what is deleted, or leaves the rest to a message. */
export async function clear(cloud: Cloud, parts: WorkParts, connectorId: string): Promise<void> {
  const stored = await parts.connectors.get(connectorId);
  if (stored?.connector.state !== 'deleted') return;
  if (await clearAway(parts, stored, timeFor(cloud))) return;
  cloud.tally.count('clearing goes on later');
  await parts.workQueue.send({ kind: 'clearAway', connectorId });
}

/** A budget, counted in how often it is asked for. */
function timeFor({ dice, faults }: Cloud): () => boolean {
  let left = faults.onceIn(3, 'no time') ? dice.below(CLEARING_STEPS) : Number.POSITIVE_INFINITY;
  return () => left-- <= 0;
}
