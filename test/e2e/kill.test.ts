import fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { heldBy } from '../support/held-events.ts';
import {
  type Org,
  register,
  type Stack,
  settled,
  startOrg,
  startStack,
  tempDir,
  until,
} from '../support/stack.ts';

const dataDir = tempDir('kill');
let org: Org;
let stack: Stack;

afterAll(async () => {
  await stack.stop();
  await org.stop();
  fs.rmSync(dataDir, { recursive: true });
});

/** Whether a row with such a key is on disk. */
function hasSaved(key: string): boolean {
  const file = `${dataDir}/azurite/__azurite_db_table__.json`;
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare('SELECT 1 FROM docs WHERE instr(json, ?)').get(key) !== undefined;
  } finally {
    database.close();
  }
}

it('a backfill survives kill -9 of every process without loss', async () => {
  // A small limit, so that the backfill cannot end before the kill.
  org = await startOrg(['--events', '8000', '--trickle', '0', '--limit', '12']);
  stack = await startStack({ dataDir, org });
  expect((await register(stack, 'contoso', org)).status).toBe(201);
  await until('the backfill to be under way and on disk', async () => {
    const { body } = await stack.call('GET', '/api/connectors/contoso/status');
    expect(body.backfill.state).toBe('Running');
    return body.backfill.events > 1000 && hasSaved('slice_0001') ? true : undefined;
  });

  await stack.kill();
  await org.control('limit?n=600');
  stack = await startStack({ dataDir, org });

  const before = await stack.call('GET', '/api/connectors/contoso');
  expect(before.status).toBe(200);
  await settled(stack, 'contoso');
  await until('the sink to hold what the org holds', async () => {
    const held = (await heldBy(stack, 'contoso')).toSorted();
    return held.join() === (await org.truth()).toSorted().join() ? true : undefined;
  });
  const { body } = await stack.call('GET', '/api/connectors/contoso/status');
  expect(body.backfill).toMatchObject({ state: 'Succeeded', percentComplete: 100 });
});

it('connectors survive a clean stop and start', async () => {
  const before = await stack.call('GET', '/api/connectors/contoso');
  await stack.stop();
  stack = await startStack({ dataDir, org });
  const after = await stack.call('GET', '/api/connectors/contoso');
  expect(after.body).toEqual(before.body);
});
