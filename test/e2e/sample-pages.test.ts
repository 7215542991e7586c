import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldBy } from '../support/held-events.ts';
import {
  type Org,
  ROOT,
  register,
  type Stack,
  settled,
  startOrg,
  startStack,
  tempDir,
  until,
} from '../support/stack.ts';

const SAMPLES = path.join(ROOT, '..', 'shared', 'data');
const present = fs.existsSync(SAMPLES);
if (!present) console.log('skipped: the folder of sample pages (../shared/data) is not there');

describe.skipIf(!present)('pages of real Okta orgs', () => {
  const dataDir = tempDir('samples');
  let org: Org;
  let stack: Stack;

  beforeAll(async () => {
    org = await startOrg(['--events', '0', '--trickle', '0', '--samples', SAMPLES]);
    stack = await startStack({ dataDir, org });
    await register(stack, 'samples', org, { backfillDays: 1 });
    await settled(stack, 'samples');
  });
  afterAll(async () => {
    await stack.stop();
    await org.stop();
    fs.rmSync(dataDir, { recursive: true });
  });

  it('pass through the whole system: every event is found again, byte for byte', async () => {
    const truth = await org.truth();
    const { body } = await stack.call('GET', '/api/connectors/samples/status');
    const held = await heldBy(stack, 'samples');
    expect(truth.length).toBeGreaterThan(20);
    expect(body.live.events).toBe(truth.length);
    for (const raw of held) expect(truth).toContain(raw);

    // The rest has no identity, or the identity of another event of its page: stored as dead
    // letters.
    const identities = truth
      .map((raw) => JSON.parse(raw))
      .filter(({ uuid, published }) => uuid && /^\d{4}-\d\d-\d\dT.*Z$/.test(published))
      .map(({ uuid, published }) => `${published} ${uuid}`);
    expect(held).toHaveLength(new Set(identities).size);
    const counts = await until('the counts', async () => {
      const status = await stack.call('GET', '/api/connectors/samples/status');
      return status.body.counts.stored === held.length ? status.body.counts : undefined;
    });
    const rejected = new Set(truth.filter((raw) => !held.includes(raw)));
    expect(counts.deadLettered).toBe(rejected.size);
  });
});
