/**
 * Runs an orchestrator through the real durable-functions library, replayed from the start at every
 * step like on the host, with the test's results. Fails when a replay differs from the run before.
 */
import { DummyOrchestrationContext } from 'durable-functions';
import { createOrchestrator } from 'durable-functions/lib/src/util/testingUtils.js';
import { expect } from 'vitest';
import {
  EventType,
  type HistoryEvent,
  type OrchestratorState,
  type Scheduled,
  tasksOf,
} from '../../dev/host/durable/history.ts';
import { blank, schedulingEvent } from '../../dev/host/durable/steps.ts';

/** The time of every step in the history. */
export const REPLAYED_AT = '2026-11-23T12:00:00.000Z';

/** The result of an activity, or its error; a timer needs none. */
export type Answer = (name: string, input: any) => unknown;

export interface Replayed {
  tasks: Scheduled[];
  continuedWith: unknown;
  customStatus: unknown;
}

export async function replay(orchestrator: any, input: unknown, answer: Answer): Promise<Replayed> {
  const run = createOrchestrator(orchestrator);
  const event = (type: number): HistoryEvent => ({ ...blank(type), Timestamp: REPLAYED_AT });
  const history: HistoryEvent[] = [
    event(EventType.OrchestratorStarted),
    event(EventType.ExecutionStarted),
  ];
  let before: Scheduled[] = [];
  for (;;) {
    const played = structuredClone(history).map((event) => ({
      ...event,
      Timestamp: new Date(event.Timestamp),
    }));
    const binding = {
      history: played,
      input: structuredClone(input),
      instanceId: 'instance',
      isReplaying: history.length > 2,
      parentInstanceId: null,
      upperSchemaVersion: 3,
      maximumShortTimerDuration: '6.00:00:00',
      longRunningTimerIntervalDuration: '3.00:00:00',
    };
    const context = new DummyOrchestrationContext();
    const state = JSON.parse(JSON.stringify(await run(binding, context))) as OrchestratorState;
    const { tasks, continueAsNew } = tasksOf(state.actions);
    expect(tasks.slice(0, before.length)).toEqual(before);
    const { customStatus } = state;
    if (continueAsNew) return { tasks, continuedWith: continueAsNew.input, customStatus };
    if (state.isDone) return { tasks, continuedWith: undefined, customStatus };

    const [next] = tasks.slice(before.length);
    if (!next) throw new Error('the orchestrator waits for nothing');
    before = [...before, next];
    history.push(schedulingEvent(next), event(EventType.OrchestratorStarted), endOf(next, answer));
  }
}

function endOf(task: Scheduled, answer: Answer): HistoryEvent {
  if (task.kind === 'timer')
    return { ...blank(EventType.TimerFired), TimerId: task.id, FireAt: task.fireAt };
  try {
    const result = JSON.stringify(answer(task.name, task.input) ?? null);
    return { ...blank(EventType.TaskCompleted), TaskScheduledId: task.id, Result: result };
  } catch (error) {
    const reason = (error as Error).message;
    const failed = { ...blank(EventType.TaskFailed), TaskScheduledId: task.id };
    return { ...failed, Reason: reason, Details: reason };
  }
}
