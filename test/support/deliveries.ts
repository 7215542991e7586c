/** Webhook deliveries in the simulated world: what is recorded, queued, worked on and reconciled. */
import { startBackfill } from '../../shared/backfill/start.ts';
import { Audit } from '../../shared/storage/audit.ts';
import { Deliveries, deliveryKey } from '../../shared/storage/deliveries.ts';
import type { WorkMessage } from '../../shared/storage/queue.ts';
import { parseOperation } from '../../shared/webhooks/operation.ts';
import { reconcileDeliveries } from '../../shared/webhooks/reconcile.ts';
import { recordDelivery } from '../../shared/webhooks/record.ts';
import { type WorkParts, workDelivery } from '../../shared/webhooks/work.ts';
import { MemoryTable } from './memory-table.ts';
import { MemoryVault } from './memory-vault.ts';
import { createWorld } from './world.ts';

const CALLER = 'webhook.portal';
const NOBODY = { isActive: async () => true, start: async () => {} };

/** What Okta is asked for is not what these tests are about. */
const notAsked = async () => {
  throw new Error('Okta is not asked here');
};

export async function createDeliveryWorld() {
  const world = createWorld({ events: 0 });
  await world.connect();
  const sentAtMs = world.parts.clock.nowMs();
  const vault = new MemoryVault();
  const table = new MemoryTable(world.parts.clock);
  const audit = new Audit(new MemoryTable());
  const queued: WorkMessage[] = [];
  const failed: string[] = [];
  const parts: WorkParts = {
    ...world.parts,
    vault,
    audit,
    deliveries: new Deliveries(table),
    workQueue: { send: async (message) => void queued.push(message) },
    pollQueue: { send: async () => {} },
    reach: { resolve: notAsked, connect: notAsked },
  };
  return {
    ...world,
    parts,
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
      const envelope = { deliveryId: id, type, atMs: sentAtMs, data: given };
      return await recordDelivery(parts, CALLER, envelope, parsed.operation);
    },
    work: (id: string) => workDelivery(parts, NOBODY, deliveryKey(CALLER, id)),
    reconcile: () =>
      reconcileDeliveries(
        parts,
        () => false,
        (what) => void failed.push(what),
      ),
    delivery: async (id: string) => (await parts.deliveries.get(deliveryKey(CALLER, id)))?.delivery,
    audited: async () =>
      (await Array.fromAsync(audit.list())).map(({ action, result, code }) => ({
        action,
        result,
        code,
      })),
    startAnother: async () => {
      const stored = await parts.connectors.get('contoso');
      if (!stored) throw new Error('not connected');
      const toMs = world.org.nowMs();
      await startBackfill(parts, stored.connector, { fromMs: toMs - 86_400_000, toMs }, 'fill');
    },
  };
}

export type DeliveryWorld = Awaited<ReturnType<typeof createDeliveryWorld>>;
export const CREDENTIAL = { kind: 'apiToken', token: '00secretToken' };
