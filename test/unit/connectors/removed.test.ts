import { beforeEach, describe, expect, it } from 'vitest';
import { diceOf } from '../../../dev/demo-org/dice.ts';
import { reconcileAll } from '../../../shared/connectors/reconcile.ts';
import { register } from '../../../shared/connectors/register.ts';
import { clearAway, removeConnector } from '../../../shared/connectors/remove.ts';
import { ProblemError } from '../../../shared/errors.ts';
import type { Connector } from '../../../shared/storage/connectors.ts';
import { Token } from '../../../shared/token.ts';
import type { OperationType } from '../../../shared/webhooks/operation.ts';
import { recordDelivery } from '../../../shared/webhooks/record.ts';
import { type WorkParts, workDelivery } from '../../../shared/webhooks/work.ts';
import { Cloud } from '../../simulation/cloud.ts';
import { Host } from '../../simulation/host.ts';
import { DOMAIN } from '../../simulation/sim-okta.ts';

const ADMIN = { id: 'contoso', caller: 'admin' };
const MINUTE = 60_000;

let cloud: Cloud;
let host: Host;
let parts: WorkParts;

beforeEach(() => {
  cloud = new Cloud(diceOf(1));
  cloud.faults.over = true;
  host = new Host(cloud, 'host');
  parts = host.invocation();
});

const doing = async <T>(work: () => Promise<T>): Promise<T> => await cloud.time.toEnd(host, work);

const put = (token: string, using: WorkParts = parts) =>
  doing(() =>
    register(using, host.orchestrations, ADMIN, {
      domain: DOMAIN,
      backfillDays: 5,
      pollIntervalSeconds: 60,
      credential: new Token(token),
    }),
  );

const connectorNow = async (): Promise<Connector> => {
  const stored = await doing(() => parts.connectors.get('contoso'));
  if (!stored) throw new Error('there is no connector');
  return stored.connector;
};

const housekeeping = () => doing(() => reconcileAll(parts, host.orchestrations, () => false, vain));
const vain = (_what: string, error: unknown) => {
  throw error;
};

const deliver = async (type: OperationType, using: WorkParts, token?: string) => {
  const body = type === 'connector.register' ? { domain: DOMAIN } : {};
  const envelope = { deliveryId: type, type, atMs: cloud.time.nowMs, data: body };
  const credential = token === undefined ? undefined : new Token(token);
  const operation = { type, connectorId: 'contoso', body, token: credential };
  await doing(() => recordDelivery(parts, 'portal', envelope, operation));
  const [message] = cloud.workQueue.messages.splice(0);
  if (message?.body.kind !== 'delivery') throw new Error('nothing to work on');
  const { deliveryKey } = message.body;
  await doing(() => workDelivery(using, host.orchestrations, deliveryKey));
};

const away = async () => {
  throw new ProblemError({ code: 'VaultUnavailable', message: 'The vault is away.' });
};

describe('a delete by webhook whose clearing away fails', () => {
  beforeEach(async () => {
    await put(cloud.okta.newToken());
    await deliver('connector.delete', { ...parts, vault: { ...parts.vault, remove: away } });
  });

  it('leaves the connector deleted', async () => {
    expect((await connectorNow()).state).toBe('deleted');
  });

  it('leaves a secret that housekeeping removes', async () => {
    expect(cloud.vault.live()).toHaveLength(1);
    await housekeeping();
    expect(cloud.vault.live()).toEqual([]);
  });
});

describe('a registration by webhook that Okta has refused', () => {
  beforeEach(() => deliver('connector.register', parts, 'a token of nobody'));

  it('keeps its number when it is corrected, and no status of its own behind', async () => {
    const { state, registration } = await connectorNow();
    expect(state).toBe('failed');
    await put(cloud.okta.newToken());
    expect(await connectorNow()).toMatchObject({ state: 'active', registration });
    const partitions = [...cloud.tables.status.everything()].map(({ partition }) => partition);
    expect(new Set(partitions).size).toBe(1);
  });

  it('can be deleted, although it has no secret, and is swept behind', async () => {
    await doing(() => removeConnector(parts, ADMIN, false));
    cloud.time.nowMs += 30 * MINUTE;
    await housekeeping();
    expect(await Array.fromAsync(cloud.tables.connectors.everything(), ({ key }) => key)).toEqual([
      'contoso',
    ]);
  });
});

describe('a registration that is cut off before its token is in the vault', () => {
  const cutOff = async () => {
    const registering = put(cloud.okta.newToken(), {
      ...parts,
      vault: { ...parts.vault, set: away },
    });
    await expect(registering).rejects.toThrow('vault');
    cloud.time.nowMs += 6 * MINUTE;
    await housekeeping();
  };

  it('is gone when it was the first', async () => {
    await cutOff();
    expect(await doing(() => parts.connectors.get('contoso'))).toBeUndefined();
    expect(await doing(() => parts.connectors.holderOf('00oContoso'))).toBeUndefined();
  });

  it('leaves the events of an earlier one to be found again', async () => {
    await put(cloud.okta.newToken());
    const { generation } = await connectorNow();
    await doing(() => removeConnector(parts, ADMIN, false));
    await doing(async () => {
      const stored = await parts.connectors.get('contoso');
      if (stored) await clearAway(parts, stored, () => false);
    });
    await cutOff();
    expect(await connectorNow()).toMatchObject({ state: 'deleted', generation });
    await put(cloud.okta.newToken());
    expect(await connectorNow()).toMatchObject({ state: 'active', generation });
  });
});
