/**
 * The real host is killed (SIGKILL) at every named step of registration, live, backfill, rotation,
 * delete and webhooks, just before and just after the step has had its effect. One lab, one connector
 * and org for each case: while one is cut off, the others are on their way back.
 */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { deliveryKey } from '../../shared/storage/deliveries.ts';
import {
  type CrashCase,
  DELETE,
  INGEST,
  REGISTRATION,
  ROTATION,
  WEBHOOK,
  type When,
} from '../support/crash-cases.ts';
import { effectOf } from '../support/effects.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { promiseKept } from '../support/promise.ts';
import type { SeenRequest, Verdict } from '../support/proxy.ts';
import { register, TOKEN, until } from '../support/stack.ts';

const ALL = [...REGISTRATION, ...INGEST, ...ROTATION, ...DELETE, ...WEBHOOK];
/** A step that has not come by then does not come at all. */
const STEP_WITHIN_MS = 60_000;
const KILLS_WITHIN_MS = 600_000;
const NEW_TOKEN = '00tokenAfterRotation000000000000000000000';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const orgs = new Map<string, OrgServer>();
const orgOf = (id: string) => orgs.get(id) as OrgServer;
let lab: Lab;
let host: LabHost;

const startHost = async () => {
  host = await lab.startHost({ WEBHOOK_SECRETS: SECRET });
};

beforeAll(async () => {
  for (const [n, { id }] of ALL.entries()) {
    const server = await startLabOrg({ events: 90, seed: n + 1 });
    // Live has something of its own to bring.
    const [sample] = server.org.truth();
    for (const uuid of ['one', 'two'])
      server.org.append(
        JSON.stringify({ ...JSON.parse(sample?.raw ?? ''), uuid, published: new Date() }),
        Date.now(),
      );
    orgs.set(id, server);
  }
  lab = await startLab([...orgs.values()]);
  await startHost();
});
afterAll(async () => await lab?.close());

/** The host dies at the step while the call is under way or behind it; then there is a new one. */
async function killedAt({ id, effect, nth, when }: CrashCase, call: () => Promise<unknown>) {
  let left = nth;
  const seen: string[] = [];
  const strike = (request: SeenRequest, at: When, status = 200): Verdict => {
    const found = effectOf(request, id, deliveryKey('webhook.portal', `delivery-${id}`));
    if (at !== when || status >= 400 || found === undefined) return 'pass';
    seen.push(found);
    if (found !== effect) return 'pass';
    if (--left !== 0) return 'pass';
    process.kill(host.pid, 'SIGKILL');
    return 'lose';
  };
  const proxies = [lab.tables, lab.queues, lab.vault];
  for (const proxy of proxies)
    proxy.watcher = {
      before: (request) => strike(request, 'before'),
      after: (request, status) => strike(request, 'after', status),
    };
  const answered = await call().then(
    () => true,
    () => false,
  );
  const died = await Promise.race([
    host.exited.then(() => true),
    new Promise<false>((resolve) => setTimeout(resolve, STEP_WITHIN_MS, false)),
  ]);
  for (const proxy of proxies) proxy.watcher = {};
  if (!died) throw new Error(`"${effect}" did not come ${nth} times, but ${seen.join('; ')}`);
  await startHost();
  // A caller whose call was cut off makes it again.
  if (!answered) await call();
}

const call = async (method: string, path: string, body?: unknown) => {
  const reply = await host.call(method, `/api/connectors/${path}`, body);
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`);
  return reply;
};
const put = (id: string) => register(host, id, orgOf(id));
const statusOf = async (id: string) => (await call('GET', `${id}/status`)).body;

async function deliver(id: string) {
  const credential = { kind: 'apiToken', token: TOKEN };
  const data = { id, domain: orgOf(id).host, credential };
  const type = 'connector.register';
  const body = JSON.stringify({ type, timestamp: '2026-11-01T00:00:00.000Z', data });
  const now = new Date();
  const signature = new Webhook(SECRET).sign(`delivery-${id}`, now, body);
  const reply = await fetch(`${host.url}/api/webhooks/portal`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': `delivery-${id}`,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': signature,
    },
  });
  if (reply.status !== 202) throw new Error(`the delivery was answered ${reply.status}`);
}

/** Time passes for leases and half-made things; housekeeping looks after them. */
async function allSettled(ids: string[]) {
  lab.advanceStorageClock(6 * 60_000);
  const open = new Set(ids);
  await until('every connector to be through', async () => {
    await host.runTimer('housekeeping');
    for (const id of open) {
      const { body } = await host.call('GET', `/api/connectors/${id}/status`);
      if (body?.backfill?.state === 'Succeeded' && body.live?.caughtUp) open.delete(id);
    }
    return open.size === 0 ? true : undefined;
  }).catch((error) => {
    throw new Error(`${error.message}: ${[...open].join()}`);
  });
}

const secretsOf = (id: string) => lab.secretsLike(`okta-${id}-`);

async function keepsThePromise(id: string) {
  await promiseKept(host, id, orgOf(id));
  const { backfill, gaps } = await statusOf(id);
  expect({ ...backfill, gaps }).toMatchObject({ percentComplete: 100, slicesActive: 0, gaps: [] });
  expect(secretsOf(id)).toHaveLength(1);
}

describe('a host that is killed', { timeout: KILLS_WITHIN_MS }, () => {
  const prepared = [...ROTATION, ...DELETE].map(({ id }) => id);

  it('at any step of a rotation or a delete starts again', async () => {
    await Promise.all(prepared.map((id) => put(id)));
    await allSettled(prepared);
    for (const one of ROTATION) {
      orgOf(one.id).org.options.tokens.push(NEW_TOKEN);
      const credential = { kind: 'apiToken', token: NEW_TOKEN };
      await killedAt(one, () => call('PATCH', one.id, { credential }));
    }
    for (const one of DELETE)
      await killedAt(one, () => call('DELETE', `${one.id}?purgeEvents=true`));
  });

  it('at any step of registration starts again', async () => {
    for (const one of REGISTRATION) await killedAt(one, () => put(one.id));
  });

  it('at any step of live or backfill starts again', async () => {
    for (const one of INGEST) await killedAt(one, () => put(one.id));
  });

  it('at any step of a webhook starts again', async () => {
    for (const one of WEBHOOK) await killedAt(one, () => deliver(one.id));
  });

  it('leaves everything to be finished by retries and ticks', async () => {
    const alive = [...REGISTRATION, ...INGEST, ...ROTATION, ...WEBHOOK].map(({ id }) => id);
    await allSettled(alive);
    await host.kill();
    await startHost();
  });
});

describe('afterwards the promise is kept for a connector cut off', () => {
  it.each([...REGISTRATION, ...INGEST, ...WEBHOOK])('$when $step ($id)', async ({ id }) => {
    await keepsThePromise(id);
  });

  it.each(ROTATION)('$when $step, which polls with the new token', async ({ id }) => {
    await keepsThePromise(id);
    orgOf(id).org.options.tokens.splice(0, 1);
    await call('POST', `${id}/poll`);
    const { lastSuccessAt } = (await statusOf(id)).live;
    const after = await until('another poll', async () => {
      const status = await statusOf(id);
      return status.live.lastSuccessAt > lastSuccessAt ? status : undefined;
    });
    expect(after).toMatchObject({ status: 'Connected', lastError: null });
  });

  it.each(DELETE)('$when $step, of which nothing is left', async ({ id }) => {
    expect((await host.call('GET', `/api/connectors/${id}`)).status).toBe(404);
    await until('its secret to be gone', async () => {
      await host.runTimer('housekeeping');
      return secretsOf(id).length === 0 ? true : undefined;
    });
    const again = await register(host, `${id}-2`, orgOf(id));
    expect(again.status).toBe(201);
  });
});
