import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../dev/demo-org/faults.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

/** Applies the fault to the first pages of this kind. */
function spoil({ org }: World, fault: string, isBounded: boolean, times: number): void {
  const answer = FAULTS[fault]?.(org);
  if (!answer) throw new Error(`no fault ${fault}`);
  const matches = ({ url }: { url: string }) => url.includes('until=') === isBounded;
  org.faults.push({ times, matches, answer });
}

const WAYS = ['no-link', 'no-next', 'next-is-self', 'next-broken'];

describe('a full page whose next link', () => {
  it.each(WAYS)(
    'is wrong (%s) does not end the slice: the following events are read',
    async (fault) => {
      const world = createWorld({ events: 5000 });
      await world.connect();
      spoil(world, fault, true, 4);
      await settle(world);
      expect(await world.held()).toEqual(world.truth());
      expect(await world.ledger()).toMatchObject({ state: 'Succeeded', gaps: [] });
    },
  );

  it.each(WAYS)('is wrong (%s) does not move live polling past any event', async (fault) => {
    const world = createWorld({ events: 0, trickleEventsPerMinute: 0 });
    await world.connect();
    const nowMs = world.org.nowMs();
    for (let n = 0; n < 2500; n++)
      world.org.append(
        `{"uuid":"u${n}","published":"${new Date(nowMs - n).toISOString()}"}`,
        nowMs - n,
      );
    spoil(world, fault, false, 4);
    await settle(world);
    expect(await world.held()).toEqual(world.truth());
  });
});

describe('a short page of a slice whose next link', () => {
  it.each(['no-link', 'next-is-self', 'next-broken'])(
    'is wrong (%s) does not prove the end of the slice',
    async (fault) => {
      const world = createWorld({ events: 600, longestPage: 20 });
      await world.connect();
      spoil(world, fault, true, 10);
      await settle(world);
      expect(await world.held()).toEqual(world.truth());
    },
  );
});
