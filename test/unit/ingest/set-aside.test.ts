import { describe, expect, it } from 'vitest';
import { deadLetters } from '../../../shared/sink/dead-letters.ts';
import { aConnector, HOUR } from '../../support/samples.ts';
import { createWorld, settle } from '../../support/world.ts';

describe('an element of a page that is no object', () => {
  const odd = ['null', '17', '"maintenance, [soon]"', '[{"uuid":"x"}, ["y"]]', 'true'];

  it.each(['live', 'backfill'])('is a dead letter, and %s goes on', async (chain) => {
    const world = createWorld({ events: 50 });
    const atMs = world.org.nowMs() + (chain === 'live' ? HOUR : -HOUR);
    for (const text of odd) world.org.append(text, atMs);
    const published = new Date(atMs).toISOString();
    world.org.append(`{"uuid":"beside","published":"${published}"}`, atMs);
    await world.connect();
    world.pass(2 * HOUR);
    await settle(world);

    const letters = await Array.fromAsync(deadLetters(world.sinkStores, aConnector()));
    expect(letters.map(({ raw, reason }) => [raw, reason]).toSorted()).toEqual(
      odd.map((raw) => [raw, 'notAnObject']).toSorted(),
    );
    expect(await world.held()).toEqual(world.truth().filter((raw) => !odd.includes(raw)));
    expect((await world.counts()).deadLettered).toBe(odd.length);
  });

  it('makes no page alone: an array without a single event is no answer of Okta', async () => {
    const world = createWorld({ events: 0 });
    await world.connect({ backfillDays: 0 });
    world.org.append('["maintenance"]', world.org.nowMs());
    world.pass(HOUR);
    await world.poll();
    expect(await world.live()).toMatchObject({ pages: 0, failures: 1 });
    expect((await world.facts()).liveError?.problem.code).toBe('OktaBadResponse');
  });
});

describe('an event that is damaged in itself', () => {
  it('is a dead letter, also when it is alone on its page, and live goes on', async () => {
    const world = createWorld({ events: 0 });
    await world.connect({ backfillDays: 0 });
    const damaged = '{"uuid":"1","name":"a\u0007b"}';
    world.org.append(damaged, world.org.nowMs());
    world.pass(HOUR);
    await settle(world);
    const letters = await Array.fromAsync(deadLetters(world.sinkStores, aConnector()));
    expect(letters).toMatchObject([{ raw: damaged, reason: 'notJson' }]);
    expect((await world.facts()).liveError).toBeNull();
  });
});
