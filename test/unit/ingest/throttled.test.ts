import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../dev/demo-org/faults.ts';
import { DAY, HOUR } from '../../support/samples.ts';
import { createWorld, type World } from '../../support/world.ts';

const LONGEST_WAIT_SECONDS = 120;

/** Answers the next requests for the log with this fault. */
function throttle({ org }: World, fault: string, times = 1): void {
  const answer = FAULTS[fault]?.(org);
  if (!answer) throw new Error(`no fault ${fault}`);
  org.faults.push({ times, answer });
}

describe('a poll that Okta answers with 429', () => {
  it.each([
    '429',
    '429-without-headers',
    '429-past-reset',
    '429-far-reset',
    '429-joined',
    '429-malformed',
    '429-concurrency',
  ])('is repeated after two minutes at most, successfully (%s)', async (fault) => {
    const world = createWorld({ events: 200 });
    await world.connect();
    throttle(world, fault);
    const throttled = await world.poll();
    const waitMs = (throttled as { dueAtMs: number }).dueAtMs - world.org.nowMs();
    expect(waitMs).toBeGreaterThanOrEqual(1000);
    expect(waitMs).toBeLessThanOrEqual(LONGEST_WAIT_SECONDS * 1000);
    expect((await world.facts()).liveError?.problem.code).toBe('OktaThrottled');
    world.passToNext(throttled);
    expect(await world.poll()).toMatchObject({ kind: 'done' });
    expect((await world.facts()).liveError).toBeNull();
  });
});

describe('an org whose clock jumps back by hours', () => {
  it('does not keep a limit from its future', async () => {
    let skewMs = 3 * HOUR;
    const world = createWorld({ events: 200 });
    world.org.nowMs = () => world.deps.clock.nowMs() + skewMs;
    await world.connect({ connectedAtMs: world.org.nowMs() - DAY });
    await world.poll();
    skewMs = 0;
    world.pass(2 * 60_000);
    await world.poll();
    const seen = world.deps.governor.seen('contoso');
    expect(seen?.dateMs).toBeLessThanOrEqual(world.org.nowMs());
  });
});
