import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  heldBy,
  type Org,
  register,
  settled,
  type Stack,
  startOrg,
  startStack,
  tempDir,
  TOKEN,
  until,
} from '../support/stack.ts';

const dataDir = tempDir('main-job');
let org: Org;
let stack: Stack;

beforeAll(async () => {
  org = await startOrg(['--events', '12000', '--trickle', '60']);
  stack = await startStack({ dataDir, org });
});
afterAll(async () => {
  await stack.stop();
  await org.stop();
  fs.rmSync(dataDir, { recursive: true });
});

/** What the sink holds and what the org holds, once an idle org lets them be compared. */
async function bothSides(id: string) {
  await until('live to bring what the org has committed', async () => {
    const [truth, { body }] = [await org.truth(), await stack.call('GET', statusOf(id))];
    return body.live.events + body.backfill.events >= truth.length ? true : undefined;
  });
  const held = await heldBy(stack, id);
  const truth = await org.truth();
  return { held: held.toSorted(), truth: truth.toSorted() };
}
const statusOf = (id: string) => `/api/connectors/${id}/status`;

describe('a security team connects its Okta org', () => {
  it('by name, domain and token', async () => {
    const reply = await register(stack, 'contoso', org, { displayName: 'Contoso' });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      id: 'contoso',
      displayName: 'Contoso',
      domain: org.host,
      backfillDays: 60,
      pollIntervalSeconds: 60,
      enabled: true,
    });
    expect(JSON.stringify(reply.body)).not.toContain(TOKEN);
  });

  it('is connected with the first poll, while the backfill still runs beside it', async () => {
    const status = await until('Connected', async () => {
      const { body } = await stack.call('GET', statusOf('contoso'));
      return body.status === 'Connected' ? body : undefined;
    });
    expect(status).toMatchObject({ statusReason: null, lastError: null });
    expect(status.rateLimit.limit).toBe(600);
  });

  it('finds every event that the org holds, byte for byte and once', async () => {
    const status = await settled(stack, 'contoso');
    expect(status.backfill).toMatchObject({ percentComplete: 100, mode: 'fill' });
    const { held, truth } = await bothSides('contoso');
    const missing = truth.filter((raw) => !held.includes(raw));
    expect(missing.length).toBeLessThan(60);
    expect(new Set(held).size).toBe(held.length);
    for (const raw of held) expect(truth.includes(raw)).toBe(true);
  });

  it('finds nothing changed by the same registration again', async () => {
    const before = await stack.call('GET', '/api/connectors/contoso');
    const reply = await register(stack, 'contoso', org, { displayName: 'Contoso' });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ ...before.body, status: reply.body.status });
  });

  it('is told when another connector already has the org', async () => {
    const reply = await register(stack, 'second', org);
    expect(reply.status).toBe(409);
    expect(reply.body.error).toMatchObject({ code: 'OrgAlreadyConnected', retryable: false });
    expect(reply.body.error.remedy).toContain('contoso');
  });
});
