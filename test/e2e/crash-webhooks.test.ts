/** The host dies at every named step of a delivery that registers a connector. */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { WEBHOOK } from '../support/crash-cases.ts';
import { CrashLab, deliveryIdOf, KILLS_WITHIN_MS } from '../support/crash-lab.ts';
import { TOKEN } from '../support/stack.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const BACKFILL_DAYS = 4;
let crash: CrashLab;

async function deliver(id: string): Promise<void> {
  const credential = { kind: 'apiToken', token: TOKEN };
  const data = { id, domain: crash.orgOf(id).host, credential, backfillDays: BACKFILL_DAYS };
  const type = 'connector.register';
  const body = JSON.stringify({ type, timestamp: '2026-11-01T00:00:00.000Z', data });
  const now = new Date();
  const deliveryId = deliveryIdOf(id);
  const reply = await crash.host.send('POST', '/api/webhooks/portal', body, {
    'content-type': 'application/json',
    'webhook-id': deliveryId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(SECRET).sign(deliveryId, now, body),
  });
  if (reply.status !== 202) throw new Error(`the delivery was answered ${reply.status}`);
}

beforeAll(async () => {
  crash = await CrashLab.start(WEBHOOK, {
    env: { WEBHOOK_SECRETS: SECRET },
    backfillDays: BACKFILL_DAYS,
  });
  for (const one of WEBHOOK) await crash.killedAt(one, () => deliver(one.id));
  await crash.allSettled(WEBHOOK.map(({ id }) => id));
  await crash.restart();
}, KILLS_WITHIN_MS);
afterAll(() => crash?.close());

describe.concurrent('the promise is kept for a connector whose host was killed', () => {
  it.each(WEBHOOK)('$when $step of its delivery ($id)', async ({ id }) => {
    await crash.keepsThePromise(id);
  });
});
