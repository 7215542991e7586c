/** A world that receives changes: by calls of an administrator, by webhook and by housekeeping. */
import { startBackfill } from '../../shared/backfill/start.ts';
import { cleanUp } from '../../shared/connectors/clean-up.ts';
import { deleteConnector } from '../../shared/connectors/delete.ts';
import { register } from '../../shared/connectors/register.ts';
import type { Deps } from '../../shared/deps.ts';
import { ProblemError } from '../../shared/errors.ts';
import { reconcileMarked, reconcileUnmarked, sweep } from '../../shared/housekeeping/connectors.ts';
import { deliveryKey } from '../../shared/storage/deliveries.ts';
import { Token } from '../../shared/token.ts';
import { parseOperation } from '../../shared/webhooks/operation.ts';
import { reconcileDeliveries } from '../../shared/webhooks/reconcile.ts';
import { recordDelivery } from '../../shared/webhooks/record.ts';
import { workDelivery } from '../../shared/webhooks/work.ts';
import { connectorOf } from './backfills.ts';
import { createWorld } from './world.ts';

const CALLER = 'webhook.portal';
const DOMAIN = 'contoso.okta.com';
export const ADMIN = { id: 'contoso', caller: 'admin' };
export const CREDENTIAL = { kind: 'apiToken', token: '00secretToken' };

/** The same adapter with some methods replaced. */
export function instead<T extends object>(adapter: T, change: Partial<T>): T {
  return new Proxy(adapter, {
    get: (_, name) => {
      const method = Reflect.get(Object.hasOwn(change, name) ? change : adapter, name);
      return typeof method === 'function' ? method.bind(adapter) : method;
    },
  });
}

/** A method of an adapter whose service is unavailable. */
export const away = async () => {
  throw new ProblemError({ code: 'VaultUnavailable', message: 'The vault is away.' });
};

const throwOn = (_what: string, error: unknown) => {
  throw error;
};

/**
 * A world without connectors. Where a method takes `deps`, a test may replace dependencies of the call.
 */
export function createDeliveryWorld() {
  const world = createWorld({ events: 0 });
  const { deps, org } = world;
  const failed: string[] = [];
  const sentAtMs = new Map<string, number>();
  let tokens = 0;
  return {
    ...world,
    failed,
    /** Returns a token that the org accepts. */
    newToken: (): string => {
      const token = `00token${++tokens}`;
      org.options.tokens.push(token);
      return token;
    },
    put: async (token: string, more: object = {}, using: Deps = deps) => {
      const credential = new Token(token);
      const body = { domain: DOMAIN, backfillDays: 5, pollIntervalSeconds: 60, credential };
      return await register(using, ADMIN, { ...body, ...more });
    },
    /** Deletes the connector and cleans up, like the queue message of a delete. */
    remove: async (purge: boolean): Promise<void> => {
      await deleteConnector(deps, ADMIN, purge);
      const stored = await deps.connectors.get(ADMIN.id);
      if (stored) await cleanUp(deps, stored, () => false);
    },
    connector: () => connectorOf(world),
    /** Throws errors that the product would log. */
    housekeeping: async (using: Deps = deps) => {
      const turns = { after: '', outOfTime: () => false, failed: throwOn };
      const marks = await using.connectors.unfinished.marks();
      await reconcileMarked(using, marks, turns);
      const rest = (await using.connectors.ids()).filter(
        (id) => !marks.some((one) => one.id === id),
      );
      await reconcileUnmarked(using, rest, turns);
      await sweep(using, turns);
    },
    /** Sends a delivery like a portal, including a repetition. */
    deliver: async (id: string, type: string, data: object = {}, using: Deps = deps) => {
      const given = { id: 'contoso', ...data };
      const parsed = parseOperation(type, given);
      if (!parsed.ok) throw new Error(`not a delivery: ${parsed.target}`);
      if (!sentAtMs.has(id)) sentAtMs.set(id, deps.clock.nowMs());
      const envelope = { deliveryId: id, type, sentAtMs: sentAtMs.get(id) ?? 0, data: given };
      return await recordDelivery(using, CALLER, envelope, parsed.operation);
    },
    work: (id: string, using: Deps = deps) => workDelivery(using, deliveryKey(CALLER, id)),
    reconcile: () =>
      reconcileDeliveries(
        deps,
        () => false,
        (what) => void failed.push(what),
      ),
    /** The names of secrets that deliveries brought and that are still in the vault. */
    secretsOfDeliveries: () =>
      [...world.vault.secrets.keys()].filter((name) => name.startsWith('delivery-')),
    keyOf: (id: string) => deliveryKey(CALLER, id),
    delivery: async (id: string) => (await deps.deliveries.get(deliveryKey(CALLER, id)))?.delivery,
    audited: async () =>
      (await Array.fromAsync(deps.audit.list())).map(({ action, result, code }) => ({
        action,
        result,
        code,
      })),
    startAnother: async () => {
      const toMs = org.nowMs();
      const range = { fromMs: toMs - 86_400_000, toMs };
      await startBackfill(deps, await connectorOf(world), range, 'fill');
    },
  };
}

/** The same with a connector `contoso`. */
export async function createConnectedDeliveryWorld() {
  const world = createDeliveryWorld();
  await world.connect();
  return world;
}

export type DeliveryWorld = ReturnType<typeof createDeliveryWorld>;

/** The body of a registration by webhook. */
export const registration = (token: string) => ({
  domain: DOMAIN,
  credential: { kind: 'apiToken', token },
});
