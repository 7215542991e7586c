/**
 * A busy backfill with live polling and another client of the same bucket, in virtual time: the
 * 429s, and the backfill's use of the requests that are left for it (docs/architecture.md,
 * "Numbers").
 */

import { parallelSlices } from '../shared/backfill/slice-plan.ts';
import type { Deps } from '../shared/deps.ts';
import { pollConnector } from '../shared/ingest/live.ts';
import { floorOf } from '../shared/okta/governor.ts';
import { DAY_MS } from '../shared/time.ts';
import { VirtualTime } from '../test/support/virtual-time.ts';
import { createWorld, type World } from '../test/support/world.ts';
import { workBackfill } from './worker.ts';

const MINUTE_MS = 60_000;
/** A whole minute, like Okta's windows. */
const START = Date.parse('2026-11-23T12:00:00.000Z');
const EVENTS_A_PAGE = 5;
const LIVE_EVENTS_A_MINUTE = 8;
const WORKERS = 4;
const RESERVE_PERCENT = 10;
/** The pace settles in the first minutes, which are not counted. */
const SETTLING_MINUTES = 5;

export interface Steady {
  /** 429s of the product or of the other client. */
  refused: number;
  /**
   * The share of `limit − floor − the other client's and live's requests` that the backfill used.
   */
  share: number;
}

export async function steady(limitPerMinute: number, minutes: number): Promise<Steady> {
  const time = new VirtualTime(START);
  const world = createWorld({
    time,
    events: 0,
    trickleEventsPerMinute: LIVE_EVENTS_A_MINUTE,
    limitPerMinute,
    longestPage: EVENTS_A_PAGE,
    latencyMs: 500,
  });
  fillHistory(world.org, limitPerMinute * (minutes + SETTLING_MINUTES) * EVENTS_A_PAGE);
  const used = { live: 0, backfill: 0, other: 0 };
  let refused = 0;
  const counted = (who: keyof typeof used): Deps => ({
    ...world.deps,
    transport: {
      send: async (request) => {
        used[who]++;
        const reply = await world.deps.transport.send(request);
        if (reply.kind === 'reply' && reply.status === 429) refused++;
        return reply;
      },
    },
  });
  const poll = async () => {
    for (;;) {
      const polled = await pollConnector(counted('live'), 'contoso');
      await time.sleep('dueAtMs' in polled ? Math.max(1000, polled.dueAtMs - time.nowMs()) : 1000);
    }
  };
  const useAThird = async () => {
    for (;;) {
      await time.sleep((MINUTE_MS * 3) / limitPerMinute);
      used.other++;
      if (!world.org.limiter.take('secret', time.nowMs()).allowed) refused++;
    }
  };
  const runners = world.connect().then(async () => {
    const workers = Array.from({ length: WORKERS }, (_, worker) =>
      workBackfill(counted('backfill'), 'contoso', worker),
    );
    await Promise.race([poll(), useAThird(), Promise.all(workers)]);
    throw new Error('the backfill was over before it was measured');
  });
  await Promise.race([runners, time.run(SETTLING_MINUTES * MINUTE_MS)]);
  Object.assign(used, { live: 0, backfill: 0, other: 0 });
  await Promise.race([runners, time.run(minutes * MINUTE_MS)]);
  const chains = parallelSlices(WORKERS, limitPerMinute);
  const spare = limitPerMinute - floorOf(limitPerMinute, chains, RESERVE_PERCENT);
  return { refused, share: used.backfill / (spare * minutes - used.live - used.other) };
}

/** Enough events to keep the backfill busy, on short pages to save memory. */
function fillHistory(org: World['org'], events: number): void {
  for (let n = 0; n < events; n++) {
    const publishedMs = START - 2 * 3_600_000 - Math.ceil((n * 59 * DAY_MS) / events);
    const text = `{"uuid":"u${n}","published":"${new Date(publishedMs).toISOString()}"}`;
    org.append(text, publishedMs, publishedMs);
  }
}
