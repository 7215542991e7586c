import { describe, expect, it } from 'vitest';
import { deadLetters } from '../../../shared/sink/dead-letters.ts';
import { aConnector, HOUR } from '../../support/samples.ts';
import { createWorld, settle } from '../../support/world.ts';

describe('an element of a page that is not an object', () => {
  const odd = ['null', '17', '"maintenance, [soon]"', '[{"uuid":"x"}, ["y"]]', 'true'];

  it.each(['live', 'backfill'])('is a dead letter, and %s continues', async (chain) => {
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

  it('does not make a page: an array without any event is not a reply of Okta', async () => {
    const world = createWorld({ events: 0 });
    await world.connect({ backfillDays: 0 });
    world.org.append('["maintenance"]', world.org.nowMs());
    world.pass(HOUR);
    await world.poll();
    expect(await world.live()).toMatchObject({ pages: 0, failures: 1 });
    expect((await world.facts()).liveError?.problem.code).toBe('OktaBadResponse');
  });
});

describe('a damaged event', () => {
  it('is a dead letter, even when it is alone on its page, and live polling continues', async () => {
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
