import { describe, expect, it } from 'vitest';
import {
  backfillWorker,
  PLAN_ACTIVITY,
  SLICE_ACTIVITY,
} from '../../../shared/backfill/orchestrator.ts';
import { REPLAYED_AT, replay } from '../../support/replay.ts';

const REF = { connectorId: 'contoso', generation: 'g1', backfillId: '0001', worker: 2, attempt: 0 };
const plan = (more: object = {}) => ({
  state: 'running',
  sliceKey: 'slice_0001_5',
  waitSeconds: 0,
  openSlices: 3,
  percentComplete: 40,
  events: 7,
  ...more,
});
const OVER = plan({ state: 'over', sliceKey: undefined, percentComplete: 100, events: 9 });

/**
 * The plans in this order, followed by `over`. The slices end with these waits, then without a wait.
 */
function script(plans: object[], waits: number[] = []) {
  const [nextPlan, nextWait] = [plans.values(), waits.values()];
  return (name: string) =>
    name === PLAN_ACTIVITY
      ? (nextPlan.next().value ?? OVER)
      : { waitSeconds: nextWait.next().value ?? 0 };
}
const names = (tasks: { kind: string; name?: string }[]) =>
  tasks.map(({ kind, name }) => (kind === 'timer' ? 'timer' : name));

describe('a backfill worker', () => {
  it('requests a slice, has it read, and repeats this until nothing is left', async () => {
    const { tasks, customStatus } = await replay(backfillWorker, REF, script([plan(), plan()]));
    expect(names(tasks)).toEqual([
      PLAN_ACTIVITY,
      SLICE_ACTIVITY,
      PLAN_ACTIVITY,
      SLICE_ACTIVITY,
      PLAN_ACTIVITY,
    ]);
    expect(tasks[1]).toMatchObject({ input: { ...REF, sliceKey: 'slice_0001_5', openSlices: 3 } });
    expect(customStatus).toEqual({ percentComplete: 100, events: 9 });
  });

  it('sleeps on a durable timer for a second longer than requested, because timers may end early', async () => {
    const { tasks } = await replay(backfillWorker, REF, script([plan()], [42]));
    expect(names(tasks)).toEqual([PLAN_ACTIVITY, SLICE_ACTIVITY, 'timer', PLAN_ACTIVITY]);
    const { fireAt } = tasks[2] as { fireAt: string };
    expect(Date.parse(fireAt) - Date.parse(REPLAYED_AT)).toBe(43_000);
  });

  it.each([
    ['planning', PLAN_ACTIVITY],
    ['reading', SLICE_ACTIVITY],
  ])('continues when %s fails together with its worker process', async (_, failing) => {
    const [answer, died] = [script([plan()]), { once: false }];
    const { tasks, customStatus } = await replay(backfillWorker, REF, (name) => {
      if (name !== failing || died.once) return answer(name);
      died.once = true;
      throw new Error('the worker died');
    });
    const begun = failing === PLAN_ACTIVITY ? [PLAN_ACTIVITY] : [PLAN_ACTIVITY, SLICE_ACTIVITY];
    expect(names(tasks).slice(0, begun.length + 2)).toEqual([...begun, 'timer', PLAN_ACTIVITY]);
    expect(customStatus).toEqual({ percentComplete: 100, events: 9 });
  });

  it('asks again later while the connector may not poll', async () => {
    const paused = plan({ state: 'paused', sliceKey: undefined, waitSeconds: 300 });
    const { tasks } = await replay(backfillWorker, REF, script([paused]));
    expect(names(tasks)).toEqual([PLAN_ACTIVITY, 'timer', PLAN_ACTIVITY]);
  });

  it('continues as new with the same input before its history grows long', async () => {
    const endless = Array.from({ length: 200 }, () => plan());
    const { tasks, continuedWith } = await replay(backfillWorker, REF, script(endless));
    expect(continuedWith).toEqual(REF);
    expect(tasks.length).toBe(100);
  });
});
