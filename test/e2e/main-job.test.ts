import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reply } from '../support/calls.ts';
import { heldBy } from '../support/held-events.ts';
import {
  type Org,
  polledUntil,
  register,
  type Stack,
  settled,
  startOrg,
  startStack,
  TOKEN,
  tempDir,
  until,
} from '../support/stack.ts';

const dataDir = tempDir('main-job');
const statusPath = '/api/connectors/contoso/status';
let org: Org;
let stack: Stack;
let reply: Reply;

beforeAll(async () => {
  org = await startOrg(['--events', '6000', '--trickle', '0']);
  stack = await startStack({ dataDir, org });
  reply = await register(stack, 'contoso', org, {
    displayName: 'Contoso',
    pollIntervalSeconds: undefined,
  });
});
afterAll(async () => {
  await stack.stop();
  await org.stop();
  fs.rmSync(dataDir, { recursive: true });
});

describe('a security team', () => {
  it('connects its Okta org by name, domain and token', async () => {
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

  it('is connected with the first poll, while the backfill runs in parallel', async () => {
    const status = await until('Connected', async () => {
      const { body } = await stack.call('GET', statusPath);
      return body.status === 'Connected' ? body : undefined;
    });
    expect(status).toMatchObject({ statusReason: null, lastError: null });
    expect(status.rateLimit.limit).toBe(600);
  });

  it('finds every event of the org once, byte for byte', async () => {
    const status = await settled(stack, 'contoso');
    expect(status.backfill).toMatchObject({ percentComplete: 100, mode: 'fill', slicesActive: 0 });
    expect(status.gaps).toEqual([]);
    const held = await until('the sink to hold what the org holds', async () => {
      const raws = (await heldBy(stack, 'contoso')).toSorted();
      return raws.join() === (await org.truth()).toSorted().join() ? raws : undefined;
    });
    expect(held.length).toBeGreaterThan(5_900);
    expect(new Set(held).size).toBe(held.length);
  });

  it('reads exact numbers, and the rate limit of Okta was never exceeded', async () => {
    await settled(stack, 'contoso');
    const truth = await org.truth();
    const { body } = await until('the counts to be fresh', async () => {
      const reply = await stack.call('GET', statusPath);
      return reply.body.counts.stored >= truth.length ? reply : undefined;
    });
    const perDay = body.counts.perDay.reduce((sum: number, day: any) => sum + day.events, 0);
    expect(body.counts).toMatchObject({ stored: truth.length, deadLettered: 0, variants: 0 });
    expect(perDay).toBe(truth.length);
    expect(body.live.events + body.backfill.events).toBe(
      truth.length + body.counts.duplicatesDropped,
    );
    expect((await org.stats()).answered).not.toHaveProperty('429');
  });

  it('receives a new event, unchanged, with the next poll', async () => {
    const published = new Date().toISOString();
    const raw = `{ "uuid":"new-one", "published":"${published}", "eventType":"x", "n":1.50 }`;
    await org.append(`[${raw}]`);
    await polledUntil(stack, 'contoso', 'the new event', async () => {
      const { body } = await stack.call('GET', '/api/connectors/contoso/events?eventType=x');
      return body.value.length === 1 ? true : undefined;
    });
    expect(await heldBy(stack, 'contoso')).toContain(raw);
  });

  it('finds the token only in the vault', async () => {
    await stack.stop();
    const files = fs.readdirSync(dataDir, { recursive: true, withFileTypes: true });
    const telling = files
      .filter((file) => file.isFile())
      .map((file) => `${file.parentPath}/${file.name}`)
      .filter((file) => fs.readFileSync(file).includes(TOKEN));
    expect(telling.map((file) => file.replace(dataDir, ''))).toEqual([
      expect.stringMatching(/^\/vault\/secrets\/okta-contoso-[\w-]+\.json$/),
    ]);
    expect(stack.output()).not.toContain(TOKEN);
  });
});
