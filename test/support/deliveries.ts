/** Webhook deliveries in the simulated world: what is recorded, queued, worked on and reconciled. */
import { startBackfill } from '../../shared/backfill/start.ts';
import type { Deps } from '../../shared/deps.ts';
import { Deliveries, deliveryKey } from '../../shared/storage/deliveries.ts';
import type { WorkMessage } from '../../shared/storage/queue.ts';
import { parseOperation } from '../../shared/webhooks/operation.ts';
import { reconcileDeliveries } from '../../shared/webhooks/reconcile.ts';
import { recordDelivery } from '../../shared/webhooks/record.ts';
import { workDelivery } from '../../shared/webhooks/work.ts';
import { MemoryTable } from './memory-table.ts';
import { MemoryVault } from './memory-vault.ts';
import { createWorld } from './world.ts';

const CALLER = 'webhook.portal';

/** What Okta is asked for is not what these tests are about. */
const notAsked = async () => {
  throw new Error('Okta is not asked here');
};

export async function createDeliveryWorld() {
  const world = createWorld({ events: 0 });
  await world.connect();
  const sentAtMs = world.deps.clock.nowMs();
  const vault = new MemoryVault();
  const table = new MemoryTable(world.deps.clock);
  const { audit } = world.deps;
  const queued: WorkMessage[] = [];
  const failed: string[] = [];
  const deps: Deps = {
    ...world.deps,
    vault,
    deliveries: new Deliveries(table),
    workQueue: { send: async (message) => void queued.push(message) },
    reach: { resolve: notAsked, connect: notAsked },
  };
  return {
    ...world,
    deps,
    vault,
    table,
    queued,
    failed,
    keyOf: (id: string) => deliveryKey(CALLER, id),
    /** As a portal sends it, and sends it again. */
    deliver: async (id: string, type: string, data: object = {}) => {
      const given = { id: 'contoso', ...data };
      const parsed = parseOperation(type, given);
      if (!parsed.ok) throw new Error(`not a delivery: ${parsed.target}`);
      const envelope = { deliveryId: id, type, sentAtMs, data: given };
      return await recordDelivery(deps, CALLER, envelope, parsed.operation);
    },
    work: (id: string) => workDelivery(deps, deliveryKey(CALLER, id)),
    reconcile: () =>
      reconcileDeliveries(
        deps,
        () => false,
        (what) => void failed.push(what),
      ),
    delivery: async (id: string) => (await deps.deliveries.get(deliveryKey(CALLER, id)))?.delivery,
    audited: async () =>
      (await Array.fromAsync(audit.list())).map(({ action, result, code }) => ({
        action,
        result,
        code,
      })),
    startAnother: async () => {
      const stored = await deps.connectors.get('contoso');
      if (!stored) throw new Error('not connected');
      const toMs = world.org.nowMs();
      await startBackfill(deps, stored.connector, { fromMs: toMs - 86_400_000, toMs }, 'fill');
    },
  };
}

export type DeliveryWorld = Awaited<ReturnType<typeof createDeliveryWorld>>;
export const CREDENTIAL = { kind: 'apiToken', token: '00secretToken' };
