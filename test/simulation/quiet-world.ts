/** The simulated cloud with one process and no faults: for tests that need one thing at a time. */
import { diceOf } from '../../dev/demo-org/dice.ts';
import { reconcileAll } from '../../shared/connectors/reconcile.ts';
import { type Registered, register } from '../../shared/connectors/register.ts';
import type { Deps } from '../../shared/deps.ts';
import type { OperationType } from '../../shared/enumerations.ts';
import type { Result } from '../../shared/result.ts';
import type { Connector } from '../../shared/storage/connectors.ts';
import { Token } from '../../shared/token.ts';
import { recordDelivery } from '../../shared/webhooks/record.ts';
import { workDelivery } from '../../shared/webhooks/work.ts';
import { Cloud } from './cloud.ts';
import { Host } from './host.ts';
import { DOMAIN } from './sim-okta.ts';

export const ADMIN = { id: 'contoso', caller: 'admin' };

/** The same adapter, of which some methods do something else. */
export function instead<T extends object>(adapter: T, change: Partial<T>): T {
  return new Proxy(adapter, {
    get: (_, name) => {
      const method = Reflect.get(Object.hasOwn(change, name) ? change : adapter, name);
      return typeof method === 'function' ? method.bind(adapter) : method;
    },
  });
}

export class QuietWorld {
  readonly cloud = new Cloud(diceOf(1), diceOf(2));
  readonly host: Host;
  readonly deps: Deps;

  constructor() {
    this.cloud.faults.over = true;
    this.host = new Host(this.cloud, 'host');
    this.deps = this.host.invocation();
  }

  /** Runs one thing to its end. */
  async doing<T>(work: () => Promise<T>): Promise<T> {
    return await this.cloud.time.toEnd(this.host, work);
  }

  async put(token: string, deps: Deps = this.deps): Promise<Result<Registered>> {
    const credential = new Token(token);
    const body = { domain: DOMAIN, backfillDays: 5, pollIntervalSeconds: 60, credential };
    return await this.doing(() => register(deps, ADMIN, body));
  }

  async connector(): Promise<Connector> {
    const stored = await this.doing(() => this.deps.connectors.get(ADMIN.id));
    if (!stored) throw new Error('there is no connector');
    return stored.connector;
  }

  /** Throws what the real one would write to its log. */
  async housekeeping(deps: Deps = this.deps): Promise<void> {
    const failed = (_what: string, error: unknown) => {
      throw error;
    };
    await this.doing(() => reconcileAll(deps, () => false, failed));
  }

  /** Records a delivery of a webhook and returns its key. */
  async record(type: OperationType, token?: string, deps: Deps = this.deps): Promise<string> {
    const body = type === 'connector.register' ? { domain: DOMAIN } : {};
    const envelope = { deliveryId: type, type, sentAtMs: this.cloud.time.nowMs, data: body };
    const credential = token === undefined ? undefined : new Token(token);
    const operation = { type, connectorId: ADMIN.id, body, token: credential };
    await this.doing(() => recordDelivery(deps, 'portal', envelope, operation));
    const [message] = this.cloud.workQueue.messages.splice(0);
    if (message?.body.kind !== 'delivery') throw new Error('nothing to work on');
    return message.body.deliveryKey;
  }

  async work(key: string, deps: Deps = this.deps): Promise<void> {
    await this.doing(() => workDelivery(deps, key));
  }
}
