/**
 * Events near the time of the connection that bounded queries show late (docs/okta.md, "Where live
 * begins").
 */
import { expect, it } from 'vitest';
import { HOUR } from '../../support/samples.ts';
import { createWorld, settle } from '../../support/world.ts';

it('an event that bounded queries show hours late is eventually in the sink', async () => {
  const world = createWorld({ events: 500, indexDelayMs: 12 * HOUR });
  const { org } = world;
  const connectedAtMs = org.nowMs();
  for (let hours = 1; hours < 23; hours++) {
    const atMs = connectedAtMs - hours * HOUR;
    org.append(`{"uuid":"u${hours}","published":"${new Date(atMs).toISOString()}"}`, atMs, atMs);
  }
  await world.connect();
  await settle(world);
  expect(await world.held()).toEqual(world.truth());
});
