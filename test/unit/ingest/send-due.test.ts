/** A tick sends what is due, and nothing else, whatever number of connectors exists. */
import { beforeEach, describe, expect, it } from 'vitest';
import { sendDue, tick } from '../../../shared/ingest/send-due.ts';
import type { PollMessage } from '../../../shared/storage/queue.ts';
import { createWorld, type World } from '../../support/world.ts';

const MINUTE = 60_000;
const SECOND = 1000;

let world: World;
let sent: (readonly string[])[];
let delays: unknown[];

beforeEach(() => {
  world = createWorld({ events: 0 });
  sent = [];
  delays = [];
  world.deps.pollQueue = {
    send: async (message: PollMessage, delaySeconds?: number) => {
      if ('connectorIds' in message) sent.push(message.connectorIds);
      else delays.push(delaySeconds);
    },
  };
});

const nowMs = () => world.deps.storageClock.nowMs();
const idsOf = (count: number) => Array.from({ length: count }, (_, n) => `c${n}`);
const due = async (ids: readonly string[], dueAtMs = nowMs()) =>
  await world.deps.due.put(ids.map((connectorId) => ({ connectorId, dueAtMs })));
const send = async (lookAheadMs = MINUTE) => await sendDue(world.deps, lookAheadMs);

describe('the connectors that are due', () => {
  it('share messages, sixteen in each', async () => {
    await due(idsOf(40));
    expect((await send()).sent).toBe(40);
    expect(sent.map(({ length }) => length)).toEqual([16, 16, 8]);
    expect(new Set(sent.flat())).toEqual(new Set(idsOf(40)));
  });

  it('share messages only with connectors that are as slow', async () => {
    const slow = ['c3', 'c17', 'c30'];
    const polls = idsOf(40).map((id) => ({
      connectorId: id,
      dueAtMs: 0,
      isSlow: slow.includes(id),
    }));
    await world.deps.due.put(polls);
    await send();
    expect(sent.map(({ length }) => length)).toEqual([16, 16, 5, 3]);
    expect(sent.at(-1)?.toSorted()).toEqual(slow.toSorted());
  });

  it('are sent side by side', async () => {
    let [now, most] = [0, 0];
    const slow = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
    };
    await due(idsOf(1000));
    await sendDue({ ...world.deps, pollQueue: { send: slow } }, MINUTE);
    expect(most).toBe(32);
  });

  it('are sent in turns when there are thousands, the longest overdue first', async () => {
    await due(idsOf(7000), nowMs() - SECOND);
    await due(['first'], nowMs() - MINUTE);
    const { nextAtMs } = await send();
    expect(nextAtMs).toBe(nowMs() + 10 * SECOND);
    expect(sent[0]?.[0]).toBe('first');
    let turns = 1;
    for (; sent.flat().length < 7001; turns++) await send();
    expect(turns).toBeLessThanOrEqual(7);
    expect(new Set(sent.flat()).size).toBe(7001);
  });

  it('are sent once when two ticks meet', async () => {
    await due(idsOf(250));
    await Promise.all([send(), send()]);
    expect(sent.flat()).toHaveLength(250);
  });

  it('are sent again when their message brought no result', async () => {
    await due(['lost']);
    await send();
    world.pass(60 * SECOND);
    await send();
    expect(sent).toHaveLength(1);
    world.pass(60 * SECOND);
    await send();
    expect(sent).toEqual([['lost'], ['lost']]);
  });

  it('cost one query, and one write for a hundred', async () => {
    await due(idsOf(100));
    await due(
      idsOf(500).map((id) => `later-${id}`),
      nowMs() + 10 * MINUTE,
    );
    let writes = 0;
    world.disturb((name) => {
      if (name === 'status') writes++;
      return 'none';
    });
    await send();
    expect(writes).toBe(1);
    expect(sent.flat()).toHaveLength(100);
  });
});

describe('a connector that becomes due before the next tick', () => {
  it.each([
    [10, 5],
    [300, 5],
  ])('is sent by the parked message, with the next tick in %i seconds', async (seconds, first) => {
    await due(['soon'], nowMs() + first * SECOND + 1);
    await due(['later'], nowMs() + 20 * SECOND + 1);
    expect((await send(seconds * SECOND)).nextAtMs).toBe(nowMs() + first * SECOND + 1);
    expect(sent).toEqual([]);
  });

  it('on a full minute is left to the tick of that minute', async () => {
    await due(['minute'], Math.ceil(nowMs() / MINUTE) * MINUTE);
    expect((await send()).nextAtMs).toBeUndefined();
  });

  it('brings the parked message forward', async () => {
    await tick(world.deps, MINUTE);
    await due(['soon'], nowMs() + 20 * SECOND + 1);
    await tick(world.deps, MINUTE);
    await tick(world.deps, MINUTE);
    expect(delays).toEqual([60, 21]);
  });
});
